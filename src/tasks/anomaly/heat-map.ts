import { f32 } from '../../base/tensor.ts';
import { resizeTo } from '../../blocks/resize-to.ts';
import { conv, ints, reshape } from '../../graph/build.ts';
import { apply1 } from '../../graph/op.ts';
import { constant, type Value } from '../../graph/value.ts';
import type { Enlarge } from './patches.ts';

/**
 * Distances of patches as a heat map of the input's size: enlarged, and blurred with a Gaussian over ±4 `sigma` pixels, mirrored at the
 * border (as anomalib has it: PatchCore enlarges by 'nearest', PaDiM by 'linear'). [N, H·W] → [N, 1, height, width].
 */
export function heatMap(
  distances: Value,
  grid: readonly [number, number],
  size: readonly [number, number],
  { sigma = 4, enlarge = 'linear' }: { readonly sigma?: number; readonly enlarge?: Enlarge } = {},
): Value {
  const map = resizeTo(reshape(distances, [distances.type.shape[0]!, 1, ...grid]), size, enlarge);
  return blurred(map, sigma, size);
}

function blurred(map: Value, sigma: number, size: readonly [number, number]): Value {
  // A picture cannot be mirrored by more than itself.
  const reach = Math.min(Math.floor(4 * sigma + 0.5), size[0] - 1, size[1] - 1);
  if (reach < 1) return map;
  const taps = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const whole = taps.reduce((a, b) => a + b);
  const weights = taps.map((t) => t / whole);
  const wide = apply1('Pad', [map, ints([0, 0, reach, reach, 0, 0, reach, reach])], { mode: 'reflect' });
  const n = weights.length;
  return conv(conv(wide, constant(f32([1, 1, 1, n], weights))), constant(f32([1, 1, n, 1], weights)));
}
