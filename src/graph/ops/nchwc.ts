import { check } from '../../base/errors.ts';
import { pad, reshape, slice, transpose } from '../build.ts';
import { unrelated } from '../channel-context.ts';
import { fixed } from '../dim.ts';
import { apply1, type InferContext, register } from '../op.ts';
import type { Value } from '../value.ts';
import { geometry } from './conv.ts';
import type { AttrsOf } from './signatures.ts';
import { windowOutput } from './spatial.ts';

/**
 * ONNX Runtime's blocked layout NCHWc, which its optimiser uses for convolutions with constant weights, opened to weights that
 * change: [N, C, H, W] is kept in memory as [N, C/b, H, W, b], C filled up to a multiple of the block b (16 with AVX-512, 8 with
 * AVX2). A depthwise kernel then works on b channels at a time. Whether a runtime has these operators, and its b, is found by
 * trying (runtime/node/block.ts). `block` is ours and is not printed.
 */

/** Channels filled up to whole blocks. */
export const blocked = (channels: number, block: number) => Math.ceil(channels / block) * block;
const blockOf = (c: InferContext<'ReorderInput' | 'ReorderOutput' | 'NchwcConv'>) => c.attrs.int('block');
const domain = 'com.microsoft.nchwc';

/** [N, C, H, W] → [N, C/b, H, W, b], told as [N, C, H, W]. */
function enter(x: Value, b: number): Value {
  const [n, c, h, w] = x.type.shape;
  const channels = fixed(c, 'the number of channels');
  const full = blocked(channels, b);
  const filled = full === channels ? x : pad(x, [0, 0, 0, 0, 0, full - channels, 0, 0]);
  const apart = reshape(filled, [n!, full / b, b, h!, w!]);
  return reshape(transpose(apart, [0, 1, 3, 4, 2]), [n!, full, h!, w!]);
}

/** The way back. */
function leave(x: Value, b: number): Value {
  const [n, c, h, w] = x.type.shape;
  const full = fixed(c, 'the number of channels');
  const apart = transpose(reshape(x, [n!, full / b, h!, w!, b]), [0, 1, 4, 2, 3]);
  return reshape(apart, [n!, full, h!, w!]);
}

register({
  name: 'ReorderInput',
  gradient: 'none',
  channels: unrelated,
  domain,
  infer: (c) => {
    const [n, channels, h, w] = c.type(0).shape;
    return [{ dtype: 'float32', shape: [n!, blocked(fixed(channels, 'the number of channels'), blockOf(c)), h!, w!] }];
  },
  lower: (c) => [enter(c.in(0), blockOf(c))],
});

register({
  name: 'ReorderOutput',
  gradient: 'none',
  channels: unrelated,
  domain,
  infer: (c) => {
    const [n, , h, w] = c.type(0).shape;
    return [{ dtype: 'float32', shape: [n!, c.attrs.int('channels'), h!, w!] }];
  },
  lower: (c) => [slice(leave(c.in(0), blockOf(c)), [1], [0], [c.attrs.int('channels')])],
});

register({
  name: 'NchwcConv',
  gradient: 'none',
  channels: unrelated,
  printed: 'Conv',
  domain,
  infer: (c) => {
    const [x, w] = [c.type(0), c.type(1)];
    const g = geometry(c);
    check(
      g.group === w.shape[0] && w.shape[1] === 1 && x.shape[1] === w.shape[0],
      () => `only depthwise convolutions, got [${x.shape}] with weights [${w.shape}] in ${g.group} groups`,
    );
    const spatial = x.shape.slice(2).map((d, i) => windowOutput(d, g, i));
    return [{ dtype: 'float32', shape: [x.shape[0]!, w.shape[0]!, ...spatial] }];
  },
  lower: (c) => {
    const b = blockOf(c);
    const { block: _, ...attrs } = c.node.attrs as AttrsOf<'NchwcConv'>;
    const weight = weightLeave(c.in(1), b);
    return [enter(apply1('Conv', [leave(c.in(0), b), weight], attrs), b)];
  },
});

/** Depthwise weights [C/b, 1, k, k, b] told as [C, 1, k, k], as plain [C, 1, k, k]. */
function weightLeave(w: Value, b: number): Value {
  const [c, , kh, kw] = w.type.shape;
  const channels = fixed(c, 'the number of channels');
  const apart = transpose(reshape(w, [channels / b, 1, kh!, kw!, b]), [0, 4, 1, 2, 3]);
  return reshape(apart, [channels, 1, kh!, kw!]);
}

/** Depthwise weights [C, 1, k, k] in blocks, C filled up. */
export function blockedDepthwiseWeight(w: Value, b: number): Value {
  const [c, , kh, kw] = w.type.shape;
  const channels = fixed(c, 'the number of channels');
  const full = blocked(channels, b);
  const filled = full === channels ? w : pad(w, [0, 0, 0, 0, full - channels, 0, 0, 0]);
  const apart = transpose(reshape(filled, [full / b, b, 1, kh!, kw!]), [0, 2, 3, 4, 1]);
  return reshape(apart, [full, 1, kh!, kw!]);
}
