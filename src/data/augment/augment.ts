import { permutation, type Random } from '../../base/random.ts';
import type { Image } from '../image.ts';
import { fit as fitTo, normaliseInto, type Preprocessing } from '../preprocess.ts';
import { resample } from '../resize/resize.ts';
import { brightness, contrast, hue, saturation } from './colour.ts';
import { randomCrop } from './crop.ts';
import { erase } from './erase.ts';
import { applyOp } from './ops.ts';
import type { Recipe } from './recipe.ts';

/**
 * One training picture: crops, flips, varies and normalises `source` as the recipe says, drawing only from `rng`, and
 * writes it as [3, height, width] into `out` at `offset`. `table` is `normaliser(p)`. The source is not changed.
 */
export function augmentInto(
  source: Image,
  recipe: Recipe,
  p: Preprocessing,
  table: Float32Array,
  rng: Random,
  out: Float32Array,
  offset: number,
): void {
  const [height, width] = p.size;
  const picture = recipe.crop ? cropped(source, recipe.crop, height, width, rng) : fitTo(source, p);
  const flipX = recipe.hflip > 0 && rng.uniform() < recipe.hflip;
  const flipY = recipe.vflip > 0 && rng.uniform() < recipe.vflip;
  if (recipe.jitter) jitter(picture, recipe.jitter, rng);
  if (recipe.randAugment) randAugment(picture, recipe.randAugment, rng);
  normaliseInto(picture, table, out, offset, flipX, flipY);
  if (recipe.erase) erase(out, offset, height, width, recipe.erase, rng);
}

function cropped(source: Image, crop: NonNullable<Recipe['crop']>, height: number, width: number, rng: Random): Image {
  const box = randomCrop(source.width, source.height, crop, width / height, rng);
  const { interpolation } = crop;
  const drawn = rng.uniform() < 0.5 ? 'bilinear' : 'bicubic';
  const filter = interpolation === 'random' ? drawn : interpolation;
  return resample(source, { width, height, filter, box });
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

/** RandAugment (Cubuk et al. 2019) with timm's additions: a probability, and a normal spread of the magnitude. */
function randAugment(picture: Image, settings: NonNullable<Recipe['randAugment']>, rng: Random): void {
  const { n, magnitude, magnitudeStd, prob, ops } = settings;
  for (let i = 0; i < n; i++) {
    const name = ops[rng.below(ops.length)]!;
    if (rng.uniform() >= prob) continue;
    const level = (magnitude + magnitudeStd * rng.normal()) / 10;
    applyOp(name, picture, Math.max(0, Math.min(1, level)), rng);
  }
}
