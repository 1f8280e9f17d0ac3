import { f32 } from '../base/tensor.ts';
import { add, mul, reshape, silu, split } from '../graph/build.ts';
import { fixed } from '../graph/dim.ts';
import { apply } from '../graph/op.ts';
import { constant, type Value } from '../graph/value.ts';
import { ones, zeros } from '../nn/init.ts';
import { groupNorm, linear } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';

/** What a condition [N, D] says to a layer of `width` channels: `parts` vectors of [N, 1, width] (tokens) or [N, width, 1, 1] (grid). */
export function modulation(s: Scope, condition: Value, width: number, parts: number, kind: 'tokens' | 'grid'): Value[] {
  // At the start a condition says nothing: adaLN-zero (Peebles & Xie 2023).
  const all = s.in('adaLN_modulation.1', (m) => linear(m, silu(condition), parts * width, { init: zeros }));
  const n = all.type.shape[0]!;
  const shaped = reshape(all, kind === 'tokens' ? [n, 1, parts * width] : [n, parts * width, 1, 1]);
  return split(
    shaped,
    Array.from({ length: parts }, () => width),
    kind === 'tokens' ? 2 : 1,
  );
}

/** x · (1 + scale) + shift. */
export const modulate = (x: Value, shift: Value, scale: Value): Value => add(mul(x, add(scale, 1)), shift);

/**
 * Group normalisation with scale and bias of its own (names and numbers are groupNorm's), then {@link modulate}, [N, C, H, W]. Both are one
 * scale and one shift of each channel: a map is gone through once instead of twice, and in training again on the way back.
 */
export function modulatedGroupNorm(s: Scope, x: Value, groups: number, shift: Value, scale: Value): Value {
  const channels = fixed(x.type.shape[1], 'the number of channels');
  const [weight, bias] = [s.param('weight', [channels], ones), s.param('bias', [channels], zeros)].map((p) =>
    reshape(p, [1, channels, 1, 1]),
  ) as [Value, Value];
  const more = add(scale, 1);
  return add(mul(groupNorm(s, x, groups, { affine: false }), mul(weight, more)), add(mul(bias, more), shift));
}

/** Layer normalisation of the last dimension without parameters. */
export function plainNorm(x: Value, epsilon = 1e-6): Value {
  const c = fixed(x.type.shape.at(-1), 'the number of features');
  const one = constant(f32([c], new Float32Array(c).fill(1)));
  return apply('LayerNormalization', [x, one, constant(f32([c]))], { axis: -1, epsilon })[0]!;
}
