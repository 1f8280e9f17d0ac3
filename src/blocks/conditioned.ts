import { add, mul, silu } from '../graph/build.ts';
import { fixed } from '../graph/dim.ts';
import type { Value } from '../graph/value.ts';
import { fanOut, zeros } from '../nn/init.ts';
import { conv2d, groupNorm } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';
import { modulate, modulatedGroupNorm, modulation, plainNorm } from './adaptive-norm.ts';
import { type CrossAttentionOptions, crossAttention, type Words } from './cross-attention.ts';
import type { TokenMixer } from './mixer.ts';
import { mlp } from './transformer.ts';

/**
 * AsCAN's C block where a condition [N, D] is given (papers/ascan.md §5, our reconstruction): FusedMBConv with group normalisation and
 * SiLU before both convolutions; scale and shift from the condition follow the second normalisation (AdaGN, Dhariwal & Nichol 2021).
 * [N, C, H, W] → the same. It begins as its shortcut.
 */
export function conditionedConv(
  s: Scope,
  x: Value,
  condition: Value,
  { expand, groups }: { readonly expand: number; readonly groups: number },
): Value {
  const width = fixed(x.type.shape[1], 'the number of channels');
  const hidden = Math.round(expand * width);
  const first = silu(s.in('norm1', (n) => groupNorm(n, x, groups)));
  const wide = s.in('conv_exp', (c) => conv2d(c, first, hidden, { bias: true, init: fanOut([hidden, width, 3, 3]) }));
  const [shift, scale] = modulation(s, condition, hidden, 2, 'grid');
  const told = silu(s.in('norm2', (n) => modulatedGroupNorm(n, wide, groups, shift!, scale!)));
  const y = s.in('conv_pwl', (c) => conv2d(c, told, width, { kernel: 1, bias: true, init: zeros }));
  return add(x, y);
}

/** Words that a block's tokens attend to, and how. */
export interface Reading extends Pick<CrossAttentionOptions, 'textQuery'> {
  readonly words: Words;
}

export interface ConditionedOptions {
  readonly mixer: TokenMixer;
  readonly mlpRatio: number;
  /** What is read between mixer and MLP, in the scope `cross_attn`. */
  readonly reads?: Reading & { readonly heads: number };
}

/**
 * A transformer block where a condition [N, D] is given, over tokens [N, T, C]: DiT's, with adaLN-zero (Peebles & Xie, ICCV 2023,
 * arXiv 2212.09748; the official code's names); with words, cross-attention between its halves. It begins as the identity.
 */
export function conditionedTransformer(
  s: Scope,
  x: Value,
  condition: Value,
  { mixer, mlpRatio, reads }: ConditionedOptions,
): Value {
  const width = fixed(x.type.shape.at(-1), 'the number of features');
  const [shift1, scale1, gate1, shift2, scale2, gate2] = modulation(s, condition, width, 6, 'tokens');
  const attended = s.in('attn', (a) => mixer(a, modulate(plainNorm(x), shift1!, scale1!)));
  const mixed = add(x, mul(gate1!, attended));
  const middle = reads
    ? add(
        mixed,
        s.in('cross_attn', (c) => crossAttention(c, mixed, reads.words, reads)),
      )
    : mixed;
  const thought = s.in('mlp', (m) => mlp(m, modulate(plainNorm(middle), shift2!, scale2!), mlpRatio, 'gelu_tanh'));
  return add(middle, mul(gate2!, thought));
}
