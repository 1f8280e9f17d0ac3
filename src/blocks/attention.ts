import { check } from '../base/errors.ts';
import { tensor } from '../base/tensor.ts';
import { add, gather, matmul, matmulT, reshape, softmax, split, transpose } from '../graph/build.ts';
import { fixed } from '../graph/dim.ts';
import { constant, type Value } from '../graph/value.ts';
import { truncated } from '../nn/init.ts';
import { linear } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';

export interface AttentionOptions {
  readonly heads: number;
  /** [height, width] of the token grid, for the relative position bias; none without it. */
  readonly relativeGrid?: readonly [number, number];
  /** Added to the scores [N, heads, T, T], as it broadcasts. */
  readonly bias?: Value;
}

/** Multi-head self-attention over tokens [N, T, C]; parameters qkv, proj and rel_pos (timm). */
export function attention(s: Scope, x: Value, options: AttentionOptions): Value {
  const [n, tokens, channels] = x.type.shape;
  const c = fixed(channels, 'the number of channels');
  const { heads } = options;
  check(c % heads === 0, `${c} channels do not divide into ${heads} heads`);
  const headDim = c / heads;
  const qkv = s.in('qkv', (q) => linear(q, x, 3 * c));
  const [q, k, v] = split(transpose(reshape(qkv, [n!, tokens!, 3, heads, headDim]), [2, 0, 3, 1, 4]), [1, 1, 1], 0).map(
    (part) => reshape(part, [n!, heads, tokens!, headDim]),
  );
  let scores = matmulT(q!, k!, { transB: true, alpha: headDim ** -0.5 });
  const grid = options.relativeGrid;
  if (grid)
    scores = add(
      scores,
      s.in('rel_pos', (r) => relativePositionBias(r, heads, grid)),
    );
  if (options.bias) scores = add(scores, options.bias);
  const mixed = matmul(softmax(scores), v!);
  return s.in('proj', (p) => linear(p, reshape(transpose(mixed, [0, 2, 1, 3]), x.type.shape), c));
}

/**
 * Learned bias for each head and each offset between two tokens of an H×W grid: [1, heads, H·W, H·W]
 * (Swin, Liu et al. 2021; table order as timm's RelPosBias).
 */
function relativePositionBias(s: Scope, heads: number, [height, width]: readonly [number, number]): Value {
  const offsets = (2 * height - 1) * (2 * width - 1);
  const table = s.param('relative_position_bias_table', [offsets, heads], truncated);
  const tokens = height * width;
  const index = new BigInt64Array(tokens * tokens);
  for (let a = 0; a < tokens; a++) {
    const [ay, ax] = [Math.floor(a / width), a % width];
    for (let b = 0; b < tokens; b++) {
      const [by, bx] = [Math.floor(b / width), b % width];
      index[a * tokens + b] = BigInt((ay - by + height - 1) * (2 * width - 1) + (ax - bx + width - 1));
    }
  }
  const rows = gather(table, constant(tensor('int64', [tokens * tokens], index)), 0);
  return reshape(transpose(rows, [1, 0]), [1, heads, tokens, tokens]);
}
