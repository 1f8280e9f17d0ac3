import { reshape, transpose } from '../graph/build.ts';
import { divDim, mulDim } from '../graph/dim.ts';
import type { Value } from '../graph/value.ts';
import type { TokenMixer } from './mixer.ts';

/**
 * The token order of Hiera (Ryali et al. 2023; timm's Unroll and Reroll). After `times` halvings token (y, x) stands at
 * (s₁·4 + s₂)·…·units + unit, where s₁ = 2·(y mod 2) + x mod 2 says its place in its 2×2 cell, s₂ that cell's place in the next
 * larger one, and `unit` counts the cells of side 2^times row by row. So the four tokens that are pooled first are a whole
 * quarter of the sequence apart, and all tokens of one unit have the same index modulo the number of units.
 */

type Grid = readonly [height: number, width: number];

/** Tokens [N, H·W, C] from row-major to unrolled order. H and W must be multiples of 2^times. One 6-D transpose for each halving. */
export function unroll(x: Value, [height, width]: Grid, times: number): Value {
  const { shape } = x.type;
  const [, , c] = shape;
  let [n, h, w] = [shape[0]!, height, width];
  let y = x;
  for (let i = 0; i < times; i++) {
    [h, w] = [h / 2, w / 2];
    y = transpose(reshape(y, [n, h, 2, w, 2, c!]), [0, 2, 4, 1, 3, 5]);
    // The place in the cell joins the batch.
    n = mulDim(n, 4);
    y = reshape(y, [n, h * w, c!]);
  }
  return reshape(y, shape);
}

/** Tokens [N, H·W, C] from the order that `unroll` made back to row-major. */
export function reroll(x: Value, [height, width]: Grid, times: number): Value {
  const { shape } = x.type;
  const [, , c] = shape;
  let [n, h, w] = [mulDim(shape[0]!, 4 ** times), height / 2 ** times, width / 2 ** times];
  let y = x;
  for (let i = 0; i < times; i++) {
    n = divDim(n, 4)!;
    y = transpose(reshape(y, [n, 2, 2, h, w, c!]), [0, 3, 1, 4, 2, 5]);
    [h, w] = [2 * h, 2 * w];
    y = reshape(y, [n, h * w, c!]);
  }
  return y;
}

/** A mixer that needs its tokens row by row, made to take and give them unrolled. It must keep their shape. */
export function inRasterOrder(mixer: TokenMixer, grid: Grid, times: number): TokenMixer {
  return (s, x) => unroll(mixer(s, reroll(x, grid, times)), grid, times);
}
