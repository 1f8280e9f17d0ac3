import type { Random } from '../../base/random.ts';
import type { Corners } from '../geometry/boxes.ts';
import { type Placement, resized, type Size, windowed } from '../geometry/placement.ts';
import type { Image } from '../image.ts';
import { cutOut, fit as fitTo, type Preprocessing, placementOf } from '../preprocess.ts';
import { resample } from '../resize/resize.ts';
import { randomCrop } from './crop.ts';
import type { Recipe } from './recipe.ts';
import { cropByTargets, placeOn } from './targets.ts';

/** A picture at the input's size, and where its source's pixels went. */
interface Taken {
  readonly picture: Image;
  readonly placement: Placement;
}

/** The part of the source that the recipe's crop, its scale jitter or else the evaluation transform takes, at the input's size. */
export function take(
  source: Image,
  { crop, scaleJitter }: Recipe,
  p: Preprocessing,
  rng: Random,
  targets: readonly Corners[],
): Taken {
  if (crop) return cropped(source, crop, p.size, rng, targets);
  if (scaleJitter) return scaled(source, scaleJitter, p, rng, targets);
  return { picture: fitTo(source, p), placement: placementOf(source.width, source.height, p) };
}

function cropped(
  source: Image,
  crop: NonNullable<Recipe['crop']>,
  [height, width]: Size,
  rng: Random,
  targets: readonly Corners[],
): Taken {
  const box =
    crop.targets && targets.length > 0
      ? cropByTargets(source.width, source.height, crop, crop.targets, width / height, targets, rng)
      : randomCrop(source.width, source.height, crop, width / height, rng);
  const { interpolation } = crop;
  const drawn = rng.uniform() < 0.5 ? 'bilinear' : 'bicubic';
  const filter = interpolation === 'random' ? drawn : interpolation;
  return {
    picture: resample(source, { width, height, filter, box }),
    placement: resized([source.height, source.width], [height, width], box),
  };
}

/** The whole picture smaller or larger than fits (or, where it is looked at in tiles, than they see it), cut or with a border in the mean colour, anywhere or where a target is seen. */
function scaled(
  source: Image,
  { scale: [low, high], seeing }: NonNullable<Recipe['scaleJitter']>,
  p: Preprocessing,
  rng: Random,
  targets: readonly Corners[],
): Taken {
  const [height, width] = p.size;
  const fits = p.tiles ? p.tiles.scale : Math.min(height / source.height, width / source.width);
  const factor = fits * (low + (high - low) * rng.uniform());
  const to: Size = [Math.max(1, Math.round(source.height * factor)), Math.max(1, Math.round(source.width * factor))];
  const sees = seeing > 0 && targets.length > 0 && rng.uniform() < seeing;
  const [left, top, right, bottom] = (sees ? targets[rng.below(targets.length)]! : [0, 0, 0, 0]).map((v) => v * factor);
  const at = sees
    ? ([holding(left!, right!, to[1], width, rng), holding(top!, bottom!, to[0], height, rng)] as const)
    : ([anywhere(to[1], width, rng), anywhere(to[0], height, rng)] as const);
  return { picture: cutOut(source, to, at, p), placement: windowed([source.height, source.width], to, at, p.size) };
}

/** The same where the window is to hold low … high, or as much of it as it can. */
function holding(low: number, high: number, have: number, want: number, rng: Random): number {
  return have <= want ? anywhere(have, want, rng) : placeOn(low, high, want, have, rng);
}

/** Where a window of `want` begins in `have` pixels; below 0 where it is longer. */
function anywhere(have: number, want: number, rng: Random): number {
  const room = rng.below(Math.abs(have - want) + 1);
  return have < want ? -room : room;
}
