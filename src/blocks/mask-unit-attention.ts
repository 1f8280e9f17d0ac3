import { check } from '../base/errors.ts';
import { matmul, matmulT, reduceMax, reshape, softmax, split, transpose } from '../graph/build.ts';
import { fixed } from '../graph/dim.ts';
import type { Value } from '../graph/value.ts';
import { linear } from '../nn/layers.ts';
import type { TokenMixer } from './mixer.ts';

export interface MaskUnitAttentionOptions {
  /** Channels of the result; they may differ from the input's. */
  readonly channels: number;
  readonly heads: number;
  /** How many mask units the tokens make, each of which attends to itself only; 1 for attention between all tokens. Default 1. */
  readonly units?: number;
  /** Q-pooling: how many tokens become one, e.g. 4. Keys and values are not pooled. Default 1. */
  readonly pool?: number;
}

/**
 * Mask-unit attention with Q-pooling (Hiera, Ryali et al. 2023; timm's MaskUnitAttention): unrolled tokens [N, T, C] (see
 * unroll.ts) → [N, T/pool, channels]. Parameters qkv and proj.
 */
export function maskUnitAttention(options: MaskUnitAttentionOptions): TokenMixer {
  const { channels, heads, units = 1, pool = 1 } = options;
  check(channels % heads === 0, `${channels} channels do not divide into ${heads} heads`);
  return (s, x) => {
    const [n, t] = x.type.shape;
    const tokens = fixed(t, 'the number of tokens');
    check(tokens % (units * pool) === 0, `${tokens} tokens do not make ${units} mask units that are pooled by ${pool}`);
    const qkv = s.in('qkv', (q) => linear(q, x, 3 * channels));
    const [q, k, v] = split(qkv, [channels, channels, channels], 2);
    // The unit is the fastest part of a token's index, so that units and heads together are heads of a plain attention.
    const parts = (y: Value, of: number) =>
      transpose(reshape(y, [n!, of / units, units * heads, channels / heads]), [0, 2, 1, 3]);
    const scores = matmulT(parts(poolTokens(q!, pool), tokens / pool), parts(k!, tokens), {
      transB: true,
      alpha: (channels / heads) ** -0.5,
    });
    const mixed = matmul(softmax(scores), parts(v!, tokens));
    const joined = reshape(transpose(mixed, [0, 2, 1, 3]), [n!, tokens / pool, channels]);
    return s.in('proj', (p) => linear(p, joined, channels));
  };
}

/** The largest of every `pool` unrolled tokens, channel by channel: [N, T, C] → [N, T/pool, C]; pool 4 is a 2×2 max pooling. */
export function poolTokens(x: Value, pool: number): Value {
  if (pool === 1) return x;
  const [n, t, c] = x.type.shape;
  return reduceMax(reshape(x, [n!, pool, fixed(t, 'the number of tokens') / pool, c!]), [1], false);
}
