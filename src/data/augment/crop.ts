import type { Random } from '../../base/random.ts';
import type { Box } from '../resize/resize.ts';
import type { Recipe } from './recipe.ts';

/**
 * The crop of a random resized crop (Szegedy et al. 2015; torchvision's rule): area and ratio are drawn until the crop fits, at
 * most ten times; then the largest middle part within the ratios is taken. Ratios are relative to `inputRatio`, the
 * width to height of the network's input.
 */
export function randomCrop(
  width: number,
  height: number,
  { scale, ratio }: Pick<NonNullable<Recipe['crop']>, 'scale' | 'ratio'>,
  inputRatio: number,
  rng: Random,
): Box {
  const lowest = Math.log(ratio[0] * inputRatio);
  const highest = Math.log(ratio[1] * inputRatio);
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * (scale[0] + (scale[1] - scale[0]) * rng.uniform());
    const aspect = Math.exp(lowest + (highest - lowest) * rng.uniform());
    const w = Math.round(Math.sqrt(area * aspect));
    const h = Math.round(Math.sqrt(area / aspect));
    if (w > 0 && h > 0 && w <= width && h <= height) {
      return { x: rng.below(width - w + 1), y: rng.below(height - h + 1), width: w, height: h };
    }
  }
  const w = Math.max(1, Math.min(width, Math.round(height * Math.exp(highest))));
  const h = Math.max(1, Math.min(height, Math.round(width / Math.exp(lowest))));
  return { x: (width - w) >> 1, y: (height - h) >> 1, width: w, height: h };
}
