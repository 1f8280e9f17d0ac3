import { check } from '../base/errors.ts';
import { add, matmul, matmulT, reshape, softmax, transpose } from '../graph/build.ts';
import { fixed } from '../graph/dim.ts';
import type { Init, Value } from '../graph/value.ts';
import { zeros } from '../nn/init.ts';
import { activations, layerNorm, linear } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';

/**
 * Attention between a latent code and a feature map, and of the latents among themselves (Perceiver IO, Jaegle et al. 2021,
 * appendix E), with the parameter names of Dynamic Perceiver's code. A batch of 1 stands for the same tokens in every image.
 */

export interface LatentAttentionOptions {
  /** Channels of queries, keys and values together; default: the queries'. */
  readonly inner?: number;
  readonly heads?: number;
  /** A learned position for every key. */
  readonly keyPositions?: boolean;
}

const EPSILON = 1e-5;

/** Linear map with PyTorch's own first values: uniform within 1/√inputs, the bias too. */
export function torchLinear(s: Scope, x: Value, features: number, options: { bias?: boolean } = {}): Value {
  const inputs = fixed(x.type.shape.at(-1), 'the number of features');
  const init: Init = { kind: 'uniform', bound: inputs ** -0.5 };
  const { bias = true } = options;
  // Named here before linear asks for it, which would begin it at zero.
  if (bias) s.param('bias', [features], init);
  return linear(s, x, features, { bias, init });
}

const norm = (s: Scope, name: string, x: Value) => s.in(name, (n) => layerNorm(n, x, { epsilon: EPSILON }));

/** Tokens [N, T, heads · d] as [N, heads, T, d]; a single head needs no dimension. */
function split(x: Value, heads: number): Value {
  if (heads === 1) return x;
  const [n, t, c] = x.type.shape;
  return transpose(reshape(x, [n!, t!, heads, fixed(c, 'the channels') / heads]), [0, 2, 1, 3]);
}

/** Queries [N, T, C] over keys and values from [N, M, D] → [N, T, C]; parameters {q,k,v,o}_proj. */
function multiHead(s: Scope, queries: Value, source: Value, options: LatentAttentionOptions): Value {
  const channels = fixed(queries.type.shape[2], 'the channels of the queries');
  const { inner = channels, heads = 1, keyPositions = false } = options;
  check(inner % heads === 0, `${inner} channels do not divide into ${heads} heads`);
  const project = (name: string, x: Value) => s.in(name, (p) => torchLinear(p, x, inner, { bias: false }));
  const q = project('q_proj', queries);
  let k = project('k_proj', source);
  if (keyPositions) {
    const keys = fixed(source.type.shape[1], 'the number of keys');
    k = add(k, s.param('relative_position_bias', [1, keys, inner], zeros));
  }
  const v = project('v_proj', source);
  const scores = matmulT(split(q, heads), split(k, heads), { transB: true, alpha: (inner / heads) ** -0.5 });
  let mixed = matmul(softmax(scores), split(v, heads));
  if (heads > 1) {
    const [n, , t] = mixed.type.shape;
    mixed = reshape(transpose(mixed, [0, 2, 1, 3]), [n!, t!, inner]);
  }
  return s.in('o_proj', (p) => torchLinear(p, mixed, channels));
}

/** LayerNorm, then two linear maps with GELU between, `ratio` times as wide. */
function normedMlp(s: Scope, x: Value, ratio: number): Value {
  const channels = fixed(x.type.shape.at(-1), 'the number of features');
  const normed = norm(s, 'layernorm', x);
  const hidden = activations.gelu(s.in('fc1', (f) => torchLinear(f, normed, Math.round(ratio * channels))));
  return s.in('fc2', (f) => torchLinear(f, hidden, channels));
}

const withMlp = (s: Scope, x: Value, ratio: number) =>
  add(
    x,
    s.in('mlp', (m) => normedMlp(m, x, ratio)),
  );

/** Tokens [N, T, C] read from tokens [N, M, D]: attention and an MLP of ratio 1, each normalised before and added. */
export function crossAttentionLayer(
  s: Scope,
  queries: Value,
  source: Value,
  options: LatentAttentionOptions = {},
): Value {
  const read = s.in('cross_attn', (c) => {
    const [q, kv] = [norm(c, 'q_norm', queries), norm(c, 'kv_norm', source)];
    return c.in('attention', (a) => multiHead(a, q, kv, options));
  });
  return withMlp(s, add(queries, read), 1);
}

/** Tokens [N, T, C] among themselves: attention and an MLP, each normalised before and added. */
export function selfAttentionLayer(s: Scope, x: Value, options: { heads: number; mlpRatio: number }): Value {
  const { heads, mlpRatio } = options;
  const mixed = s.in('self_attn', (c) => {
    const normed = norm(c, 'norm', x);
    return c.in('attention', (a) => multiHead(a, normed, normed, { heads }));
  });
  return withMlp(s, add(x, mixed), mlpRatio);
}
