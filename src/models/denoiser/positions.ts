import { check } from '../../base/errors.ts';
import { f32, type Tensor } from '../../base/tensor.ts';

/**
 * Fixed positions of a grid, [1, height · width, channels]: for the column, then for the row, sines and then cosines of falling rates
 * (MAE, He et al. 2022, pos_embed.py; DiT). A cell's row and column count from 0.
 */
export function gridPositions([height, width]: readonly [number, number], channels: number): Tensor<'float32'> {
  check(channels % 4 === 0, () => `positions need a width that divides by 4, got ${channels}`);
  const each = channels / 4;
  const rates = Array.from({ length: each }, (_, i) => 10_000 ** (-i / each));
  const out = f32([1, height * width, channels]);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const place of [x, y]) {
        for (const rate of rates) out.data[at++] = Math.sin(place * rate);
        for (const rate of rates) out.data[at++] = Math.cos(place * rate);
      }
    }
  }
  return out;
}
