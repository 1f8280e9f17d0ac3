import { f32 } from '../base/tensor.ts';
import { alongAxis } from '../graph/build.ts';
import { fixed } from '../graph/dim.ts';
import { apply1 } from '../graph/op.ts';
import { constant, type Value } from '../graph/value.ts';

/**
 * Averages [N, C, H, W] down (or up) to [N, C, height, width], as PyTorch's AdaptiveAvgPool2d: bin i reaches from ⌊i·H/height⌋ to
 * ⌈(i+1)·H/height⌉, so bins overlap where the sides do not divide.
 */
export function adaptiveAveragePool(x: Value, [height, width]: readonly [number, number]): Value {
  const from = [fixed(x.type.shape[2], 'the height'), fixed(x.type.shape[3], 'the width')] as const;
  if (from[0] === height && from[1] === width) return x;
  if (from[0] % height === 0 && from[1] % width === 0) {
    const window = [from[0] / height, from[1] / width];
    return apply1('AveragePool', [x], { kernel_shape: window, strides: window });
  }
  const rows = from[0] === height ? x : alongAxis(x, 2, binsOf(from[0], height));
  return from[1] === width ? rows : alongAxis(rows, 3, binsOf(from[1], width));
}

/** [to, from] matrix whose row i averages bin i. */
function binsOf(from: number, to: number): Value {
  const matrix = f32([to, from]);
  for (let i = 0; i < to; i++) {
    const start = Math.floor((i * from) / to);
    const end = Math.ceil(((i + 1) * from) / to);
    matrix.data.fill(1 / (end - start), i * from + start, i * from + end);
  }
  return constant(matrix);
}
