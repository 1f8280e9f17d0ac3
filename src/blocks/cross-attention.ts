import { check } from '../base/errors.ts';
import { add, matmul, matmulT, mul, reshape, softmax, sub, transpose } from '../graph/build.ts';
import { fixed } from '../graph/dim.ts';
import type { Value } from '../graph/value.ts';
import { zeros } from '../nn/init.ts';
import { layerNorm, linear, rmsNorm } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';

/** What is added to the score of a token that is not there: nothing is left of it after a softmax in float32. */
const AWAY = -10_000;

/** A mask [N, M], 1 where a token is and 0 where there is none, as what is added to scores: [N, 1, 1, M]. */
export function awayBias(mask: Value): Value {
  const [n, m] = mask.type.shape;
  return reshape(mul(sub(1, mask), AWAY), [n!, 1, 1, m!]);
}

/** Tokens [N, T, C] as [N, heads, T, C / heads]. */
export function headsOfTokens(x: Value, heads: number): Value {
  const [n, t, channels] = x.type.shape;
  const c = fixed(channels, 'the number of channels');
  check(c % heads === 0, `${c} channels do not divide into ${heads} heads`);
  return transpose(reshape(x, [n!, t!, heads, c / heads]), [0, 2, 1, 3]);
}

/**
 * Scaled dot-product attention of queries [N, h, T, d] over keys and values [N, h, M, d], `bias` added to the scores: tokens [N, T, h · d].
 */
export function attend(q: Value, k: Value, v: Value, bias?: Value): Value {
  const [n, heads, t, d] = q.type.shape;
  const dim = fixed(d, 'the width of a head');
  const scores = matmulT(q, k, { transB: true, alpha: dim ** -0.5 });
  const mixed = matmul(softmax(bias ? add(scores, bias) : scores), v);
  return reshape(transpose(mixed, [0, 2, 1, 3]), [n!, t!, fixed(heads, 'the heads') * dim]);
}

/** Words of a caption, as a network that looks at pictures reads them. */
export interface Words {
  /** [N, L, D] */
  readonly tokens: Value;
  /** [N, L]: 1 where a token is, 0 behind the last. */
  readonly mask: Value;
}

export interface CrossAttentionOptions {
  readonly heads: number;
  /**
   * Reading B of AsCAN's caption, taken literally (papers/ascan.md §6.1): the words ask the picture, and the picture reads what they were told.
   * Without it the picture's tokens ask the words, as everywhere else.
   */
  readonly textQuery?: boolean;
}

/**
 * What a picture's tokens [N, T, C] are told by words, to be added to them: [N, T, C]. It begins as nothing. Queries and keys are
 * normalised in each head (RMS). Parameters: norm, and q, k, v (these without bias), q_norm, k_norm, proj in `told`, or with
 * `textQuery` in `read` and in `write`.
 */
export function crossAttention(s: Scope, x: Value, words: Words, { heads, textQuery }: CrossAttentionOptions): Value {
  const width = fixed(x.type.shape.at(-1), 'the number of features');
  const seen = s.in('norm', (n) => layerNorm(n, x));
  const away = awayBias(words.mask);
  if (!textQuery) return s.in('told', (t) => told(t, seen, words.tokens, { heads, width, bias: away, last: true }));
  const read = s.in('read', (r) => told(r, words.tokens, seen, { heads, width }));
  return s.in('write', (w) => told(w, seen, read, { heads, width, bias: away, last: true }));
}

function told(
  s: Scope,
  asking: Value,
  asked: Value,
  { heads, width, bias, last }: { heads: number; width: number; bias?: Value; last?: boolean },
): Value {
  const part = (name: string, x: Value) =>
    headsOfTokens(
      s.in(name, (p) => linear(p, x, width, { bias: false })),
      heads,
    );
  const even = (name: string, x: Value) => s.in(name, (n) => rmsNorm(n, x));
  const mixed = attend(even('q_norm', part('q', asking)), even('k_norm', part('k', asked)), part('v', asked), bias);
  return s.in('proj', (p) => linear(p, mixed, width, last ? { init: zeros } : {}));
}
