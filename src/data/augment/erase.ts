import type { Random } from '../../base/random.ts';
import type { Recipe } from './recipe.ts';

/**
 * Random erasing (Zhong et al. 2017) of a normalised picture [3, height, width] that starts at `offset` of `data`:
 * one rectangle becomes 0 (the mean colour), one random colour or noise, both normal as timm draws them.
 */
export function erase(
  data: Float32Array,
  offset: number,
  height: number,
  width: number,
  { prob, area, aspect, fill }: NonNullable<Recipe['erase']>,
  rng: Random,
): void {
  if (rng.uniform() >= prob) return;
  for (let attempt = 0; attempt < 10; attempt++) {
    const target = height * width * (area[0] + (area[1] - area[0]) * rng.uniform());
    const shape = Math.exp(Math.log(aspect) * (1 - 2 * rng.uniform()));
    const h = Math.round(Math.sqrt(target * shape));
    const w = Math.round(Math.sqrt(target / shape));
    if (h < 1 || w < 1 || h >= height || w >= width) continue;
    const top = rng.below(height - h + 1);
    const left = rng.below(width - w + 1);
    for (let c = 0; c < 3; c++) {
      const colour = fill === 'colour' ? rng.normal() : 0;
      for (let y = top; y < top + h; y++) {
        const start = offset + (c * height + y) * width + left;
        if (fill === 'noise') for (let i = start; i < start + w; i++) data[i] = rng.normal();
        else data.fill(colour, start, start + w);
      }
    }
    return;
  }
}
