import { f32 } from '../base/tensor.ts';
import { fixed } from '../graph/dim.ts';
import { apply1 } from '../graph/op.ts';
import { constant, type Value } from '../graph/value.ts';

/**
 * Resizes [N, C, H, W] to [N, C, height, width]; pixel centres are at half coordinates, as in PyTorch's `interpolate` with
 * `align_corners=False` (`nearest` is its `nearest-exact`).
 */
export function resizeTo(
  x: Value,
  [height, width]: readonly [number, number],
  mode: 'linear' | 'nearest' = 'linear',
): Value {
  const from = [fixed(x.type.shape[2], 'the height'), fixed(x.type.shape[3], 'the width')] as const;
  if (from[0] === height && from[1] === width) return x;
  const scales = constant(f32([4], [1, 1, factor(from[0], height), factor(from[1], width)]));
  return apply1('Resize', [x, undefined, scales], { mode });
}

/** The float32 nearest to `to / from` that, as ONNX has it, gives ⌊from · factor⌋ = `to`. */
function factor(from: number, to: number): number {
  const wanted = Math.fround(to / from);
  const ulp = 2 ** (Math.floor(Math.log2(wanted)) - 23);
  return Math.floor(Math.fround(from * wanted)) === to ? wanted : Math.fround(wanted + ulp);
}
