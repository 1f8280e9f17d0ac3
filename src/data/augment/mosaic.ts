import { check } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { paste } from '../draw.ts';
import { compose, type Placement, resized, type Size, windowed } from '../geometry/placement.ts';
import { type Image, image } from '../image.ts';
import { resample } from '../resize/resize.ts';
import { randomCrop } from './crop.ts';
import type { Recipe } from './recipe.ts';

/**
 * Which other items a mosaic of this one is made of, out of `count`: three, or none where it stays alone. Drawn from `rng` before
 * anything else, so that a batcher can fetch them first; give `rng` a key of its own ('mosaic').
 */
export function mosaicPartners(settings: Recipe['mosaic'], count: number, rng: Random): number[] {
  if (!settings || rng.uniform() >= settings.prob) return [];
  return [0, 1, 2].map(() => rng.below(count));
}

/** A picture of `size` out of a random resized crop of each of four, which meet at a random point, and the placement of each. */
export function mosaic(
  sources: readonly Image[],
  { centre, scale }: NonNullable<Recipe['mosaic']>,
  size: Size,
  rng: Random,
): { picture: Image; placements: Placement[] } {
  const [height, width] = size;
  check(
    sources.length === 4 && height > 1 && width > 1,
    () => `a mosaic is made of four pictures, 2×2 pixels or more; got ${sources.length} for ${width}×${height}`,
  );
  const between = (length: number) => {
    const at = Math.round(length * (centre[0] + (centre[1] - centre[0]) * rng.uniform()));
    return Math.max(1, Math.min(length - 1, at));
  };
  const [x, y] = [between(width), between(height)];
  const picture = image(width, height);
  const placements = sources.map((source, i) => {
    const [left, across] = i % 2 === 0 ? [0, x] : [x, width - x];
    const [top, down] = i < 2 ? [0, y] : [y, height - y];
    const box = randomCrop(source.width, source.height, { scale, ratio: [3 / 4, 4 / 3] }, across / down, rng);
    paste(picture, resample(source, { width: across, height: down, filter: 'bilinear', box }), left, top);
    const part: Size = [down, across];
    return compose(resized([source.height, source.width], part, box), windowed(part, part, [-left, -top], size));
  });
  return { picture, placements };
}
