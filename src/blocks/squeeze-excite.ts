import { mul, reduceMean } from '../graph/build.ts';
import type { Value } from '../graph/value.ts';
import { type Activation, activations, conv2d } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';

/**
 * Squeeze-and-excitation (Hu et al. 2018) with `reduced` inner channels; `names` are those of the two 1×1
 * convolutions, default conv_reduce and conv_expand (timm's EfficientNets; fc1 and fc2 in its `SEModule`).
 */
export function squeezeExcite(
  s: Scope,
  x: Value,
  options: { reduced: number; act?: Activation; gate?: Activation; names?: readonly [string, string] },
): Value {
  const { reduced, act = 'relu', gate = 'sigmoid', names = ['conv_reduce', 'conv_expand'] } = options;
  const channels = x.type.shape[1] as number;
  const pooled = reduceMean(x, [2, 3], true);
  const inner = activations[act](s.in(names[0], (c) => conv2d(c, pooled, reduced, { kernel: 1, bias: true })));
  const outer = s.in(names[1], (c) => conv2d(c, inner, channels, { kernel: 1, bias: true }));
  return mul(x, activations[gate](outer));
}
