import { permutation, type Random } from '../../base/random.ts';
import { compose, mirrored, type Placement, resized, warped } from '../geometry/placement.ts';
import type { Image } from '../image.ts';
import { fit as fitTo, normaliseInto, type Preprocessing, placementOf } from '../preprocess.ts';
import { resample } from '../resize/resize.ts';
import { brightness, contrast, hue, saturation } from './colour.ts';
import { randomCrop } from './crop.ts';
import { erase } from './erase.ts';
import { applyOp } from './ops.ts';
import type { Recipe } from './recipe.ts';

/**
 * One training picture: crops, flips, varies and normalises `source` as the recipe says, drawing only from `rng`, and
 * writes it as [3, height, width] into `out` at `offset`. `table` is `normaliser(p)`. The source is not changed.
 * Returns where the source's pixels went, by which its boxes, polygons and masks are moved (`data/geometry`).
 */
export function augmentInto(
  source: Image,
  recipe: Recipe,
  p: Preprocessing,
  table: Float32Array,
  rng: Random,
  out: Float32Array,
  offset: number,
): Placement {
  const [height, width] = p.size;
  const [picture, taken] = recipe.crop
    ? cropped(source, recipe.crop, height, width, rng)
    : ([fitTo(source, p), placementOf(source.width, source.height, p)] as const);
  const flipX = recipe.hflip > 0 && rng.uniform() < recipe.hflip;
  const flipY = recipe.vflip > 0 && rng.uniform() < recipe.vflip;
  if (recipe.jitter) jitter(picture, recipe.jitter, rng);
  const moved = recipe.randAugment ? randAugment(picture, recipe.randAugment, taken, rng) : taken;
  normaliseInto(picture, table, out, offset, flipX, flipY);
  if (recipe.erase) erase(out, offset, height, width, recipe.erase, rng);
  return flipX || flipY ? compose(moved, mirrored(p.size, flipX, flipY)) : moved;
}

/** A random resized crop, and its placement. */
function cropped(
  source: Image,
  crop: NonNullable<Recipe['crop']>,
  height: number,
  width: number,
  rng: Random,
): readonly [Image, Placement] {
  const box = randomCrop(source.width, source.height, crop, width / height, rng);
  const { interpolation } = crop;
  const drawn = rng.uniform() < 0.5 ? 'bilinear' : 'bicubic';
  const filter = interpolation === 'random' ? drawn : interpolation;
  return [
    resample(source, { width, height, filter, box }),
    resized([source.height, source.width], [height, width], box),
  ];
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
 * RandAugment (Cubuk et al. 2019) with timm's additions: a probability, and a normal spread of the magnitude. Returns `placement`, moved
 * on by what moves pixels.
 */
function randAugment(
  picture: Image,
  settings: NonNullable<Recipe['randAugment']>,
  placement: Placement,
  rng: Random,
): Placement {
  const { n, magnitude, magnitudeStd, prob, ops } = settings;
  let moved = placement;
  for (let i = 0; i < n; i++) {
    const name = ops[rng.below(ops.length)]!;
    if (rng.uniform() >= prob) continue;
    const level = (magnitude + magnitudeStd * rng.normal()) / 10;
    const read = applyOp(name, picture, Math.max(0, Math.min(1, level)), rng);
    if (read) moved = compose(moved, warped(moved.size, read));
  }
  return moved;
}
