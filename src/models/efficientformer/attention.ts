import { attentionBias } from '../../blocks/attention-bias.ts';
import type { TokenMixer } from '../../blocks/mixer.ts';
import { add, matmul, matmulT, reshape, softmax, split, transpose } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import { linear } from '../../nn/layers.ts';

export const HEADS = 8;
const KEY = 32;
const VALUE = 4 * KEY;

/**
 * EfficientFormer's attention over tokens [N, H·W, C]: 8 heads with keys of 32 and values of 128 features whatever C is, and a bias
 * by distance. Parameters qkv (head by head: 32 rows of q, 32 of k, 128 of v), attention_biases, proj.
 */
export const efficientFormerAttention =
  (grid: readonly [number, number]): TokenMixer =>
  (s, x) => {
    const [n, tokens, channels] = x.type.shape;
    const qkv = s.in('qkv', (c) => linear(c, x, HEADS * (2 * KEY + VALUE)));
    const heads = transpose(reshape(qkv, [n!, tokens!, HEADS, 2 * KEY + VALUE]), [0, 2, 1, 3]);
    const [q, k, v] = split(heads, [KEY, KEY, VALUE], 3);
    const scores = matmulT(q!, k!, { transB: true, alpha: KEY ** -0.5 });
    const mixed = matmul(softmax(add(scores, attentionBias(s, HEADS, grid))), v!);
    const rows = reshape(transpose(mixed, [0, 2, 1, 3]), [n!, tokens!, HEADS * VALUE]);
    return s.in('proj', (p) => linear(p, rows, fixed(channels, 'the number of channels')));
  };
