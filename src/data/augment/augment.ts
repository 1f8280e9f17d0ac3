import { permutation, type Random } from '../../base/random.ts';
import type { Corners } from '../geometry/boxes.ts';
import { compose, mirrored, type Placement, unmoved, warped } from '../geometry/placement.ts';
import type { Image } from '../image.ts';
import { normaliseInto, type Preprocessing } from '../preprocess.ts';
import { brightness, contrast, hue, saturation } from './colour.ts';
import { erase } from './erase.ts';
import { mosaic } from './mosaic.ts';
import { applyOp } from './ops.ts';
import type { Recipe } from './recipe.ts';
import { take } from './take.ts';

/**
 * One training picture: crops, flips, varies and normalises `source` as the recipe says, drawing only from `rng`, and
 * writes it as [3, height, width] into `out` at `offset`. `table` is `normaliser(p)`. The source is not changed.
 * Returns where the source's pixels went, by which its boxes, polygons and masks are moved (`data/geometry`). `targets` are
 * its boxes, for recipes that place crops by them; nothing else looks at them.
 */
export function augmentInto(
  source: Image,
  recipe: Recipe,
  p: Preprocessing,
  table: Float32Array,
  rng: Random,
  out: Float32Array,
  offset: number,
  targets: readonly Corners[] = [],
): Placement {
  const taken = take(source, recipe, p, rng, targets);
  return compose(taken.placement, vary(taken.picture, recipe, p, table, rng, out, offset));
}

/**
 * The same of a mosaic: `sources` are the item itself and its partners (see `mosaicPartners`). Returns the placement of each, in that
 * order; what is said of all of them together is said of the training picture.
 */
export function augmentMosaicInto(
  sources: readonly Image[],
  recipe: Recipe & { mosaic: NonNullable<Recipe['mosaic']> },
  p: Preprocessing,
  table: Float32Array,
  rng: Random,
  out: Float32Array,
  offset: number,
): Placement[] {
  const { picture, placements } = mosaic(sources, recipe.mosaic, p.size, rng);
  const varied = vary(picture, recipe, p, table, rng, out, offset);
  return placements.map((placement) => compose(placement, varied));
}

/** What comes after the crop: flips, colours, RandAugment, normalisation and erasing. Returns where pixels of the input went. */
function vary(
  picture: Image,
  recipe: Recipe,
  p: Preprocessing,
  table: Float32Array,
  rng: Random,
  out: Float32Array,
  offset: number,
): Placement {
  const [height, width] = p.size;
  const flipX = recipe.hflip > 0 && rng.uniform() < recipe.hflip;
  const flipY = recipe.vflip > 0 && rng.uniform() < recipe.vflip;
  if (recipe.jitter) jitter(picture, recipe.jitter, rng);
  const moved = recipe.randAugment ? randAugment(picture, recipe.randAugment, rng) : unmoved(p.size);
  normaliseInto(picture, table, out, offset, flipX, flipY);
  if (recipe.erase) erase(out, offset, height, width, recipe.erase, rng);
  return compose(moved, mirrored(p.size, flipX, flipY));
}

const jitters = [
  { part: 'brightness', centre: 1, apply: brightness },
  { part: 'contrast', centre: 1, apply: contrast },
  { part: 'saturation', centre: 1, apply: saturation },
  { part: 'hue', centre: 0, apply: hue },
] as const;

/** Colour jitter as torchvision's: the parts that are on, in random order, each by its own random amount. */
function jitter(picture: Image, settings: NonNullable<Recipe['jitter']>, rng: Random): void {
  if (rng.uniform() >= settings.prob) return;
  for (const i of permutation(rng, jitters.length)) {
    const { part, centre, apply } = jitters[i]!;
    const most = settings[part];
    if (most > 0) apply(picture, centre + most * (2 * rng.uniform() - 1));
  }
}

/**
 * RandAugment (Cubuk et al. 2019) with timm's additions: a probability, and a normal spread of the magnitude. Returns what
 * moved pixels.
 */
function randAugment(picture: Image, settings: NonNullable<Recipe['randAugment']>, rng: Random): Placement {
  const { n, magnitude, magnitudeStd, prob, ops } = settings;
  let moved = unmoved([picture.height, picture.width]);
  for (let i = 0; i < n; i++) {
    const name = ops[rng.below(ops.length)]!;
    if (rng.uniform() >= prob) continue;
    const level = (magnitude + magnitudeStd * rng.normal()) / 10;
    const read = applyOp(name, picture, Math.max(0, Math.min(1, level)), rng);
    if (read) moved = compose(moved, warped(moved.size, read));
  }
  return moved;
}
