import { f32 } from '../../base/tensor.ts';
import { attentionBias } from '../../blocks/attention-bias.ts';
import { type MixerKind, mixer } from '../../blocks/mixer.ts';
import { convNorm, torchConv } from '../../blocks/torch-conv.ts';
import { add, gelu, matmulT, reshape, slice, softmax } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import { apply1 } from '../../graph/op.ts';
import { constant, type Value } from '../../graph/value.ts';
import { toGrid, toTokens } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';

const HEADS = 8;
/** Features of one head's values for each feature of its keys. */
const VALUE_RATIO = 4;

/** Mixes the pixels of a grid with each other: [N, C, H, W] → the same. */
export type GridMixer = (s: Scope, x: Value) => Value;

export function gridOf(x: Value): [number, number] {
  return [fixed(x.type.shape[2], 'the height'), fixed(x.type.shape[3], 'the width')];
}

/**
 * EfficientFormerV2's attention on a grid (timm's Attention2d): q and k of 32 features a head, values of 128, to which a depthwise
 * convolution adds their neighbourhood; heads talk before and after the softmax. With `stride` 2 it works on the halved grid and
 * doubles its result. Another mixer takes its place between the halving and the doubling.
 */
export function gridAttention(kind: MixerKind, stride: 1 | 2): GridMixer {
  return (s, x) => {
    const channels = fixed(x.type.shape[1], 'the number of channels');
    const small = stride === 1 ? x : s.in('stride_conv', (c) => convNorm(c, x, channels, { stride, group: channels }));
    const doubled = (y: Value) => (stride === 1 ? y : upsample(y, stride));
    if (kind === 'mha') {
      const mixed = gelu(doubled(talkingHeads(s, small)));
      return s.in('proj', (p) => convNorm(p, mixed, channels, { kernel: 1 }));
    }
    const grid = gridOf(small);
    return doubled(toGrid(mixer(kind, { heads: HEADS, grid })(s, toTokens(small)), ...grid));
  };
}

/** [N, C, H, W] → [N, 1024, H, W]. Heads stay before pixels, so nothing is transposed. */
function talkingHeads(s: Scope, x: Value): Value {
  const key = 32;
  const q = s.in('q', (c) => convNorm(c, x, HEADS * key, { kernel: 1 }));
  const { k, v, local } = keysAndValues(s, x, key, 1);
  let scores = matmulT(byHead(q), byHead(k), { transA: true, alpha: key ** -0.5 });
  scores = add(scores, attentionBias(s, HEADS, gridOf(x)));
  scores = s.in('talking_head1', (c) => torchConv(c, scores, HEADS, { kernel: 1 }));
  const shares = s.in('talking_head2', (c) => torchConv(c, softmax(scores), HEADS, { kernel: 1 }));
  return add(reshape(matmulT(byHead(v), shares, { transB: true }), local.type.shape), local);
}

/**
 * Attention that halves the grid (timm's Attention2dDownsample): every second pixel asks, keys of 16 features a head, values of 64.
 * [N, C, H, W] → [N, channels, ⌈H/2⌉, ⌈W/2⌉].
 */
export function downsamplingAttention(s: Scope, x: Value, channels: number): Value {
  const key = 16;
  const from = fixed(x.type.shape[1], 'the number of channels');
  const q = s.in('q', (query) => {
    const local = query.in('local', (c) => torchConv(c, x, from, { stride: 2, group: from }));
    const picked = slice(x, [2, 3], [0, 0], [Infinity, Infinity], [2, 2]);
    return query.in('proj', (c) => convNorm(c, add(local, picked), HEADS * key, { kernel: 1 }));
  });
  const { k, v, local } = keysAndValues(s, x, key, 2);
  const scores = matmulT(byHead(q), byHead(k), { transA: true, alpha: key ** -0.5 });
  const shares = softmax(add(scores, attentionBias(s, HEADS, gridOf(x), 2)));
  const mixed = add(reshape(matmulT(byHead(v), shares, { transB: true }), local.type.shape), local);
  return s.in('proj', (p) => convNorm(p, gelu(mixed), channels, { kernel: 1 }));
}

function keysAndValues(s: Scope, x: Value, key: number, stride: 1 | 2): { k: Value; v: Value; local: Value } {
  const value = HEADS * key * VALUE_RATIO;
  const k = s.in('k', (c) => convNorm(c, x, HEADS * key, { kernel: 1 }));
  const v = s.in('v', (c) => convNorm(c, x, value, { kernel: 1 }));
  const local = s.in('v_local', (c) => convNorm(c, v, value, { stride, group: value }));
  return { k, v, local };
}

/** [N, C, H, W] → [N, heads, C/heads, H·W]. */
function byHead(x: Value): Value {
  const [n, channels] = x.type.shape;
  const [height, width] = gridOf(x);
  return reshape(x, [n!, HEADS, fixed(channels, 'the number of channels') / HEADS, height * width]);
}

function upsample(x: Value, scale: number): Value {
  const scales = constant(f32([4], [1, 1, scale, scale]));
  return apply1('Resize', [x, undefined, scales], { mode: 'linear', coordinate_transformation_mode: 'half_pixel' });
}
