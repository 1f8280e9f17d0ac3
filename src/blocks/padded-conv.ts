import { conv } from '../graph/build.ts';
import { fixed } from '../graph/dim.ts';
import type { Value } from '../graph/value.ts';
import { fanOut, zeros } from '../nn/init.ts';
import { conv2d } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';

/**
 * How a convolution keeps the size at stride 1: `symmetric` is PyTorch's (as much on either side), `same` TensorFlow's (out =
 * ⌈in / stride⌉, the odd pixel below and to the right). They differ at stride 2 on even sides.
 */
export const paddings = ['symmetric', 'same'] as const;
export type Padding = (typeof paddings)[number];

export interface PaddedConvOptions {
  readonly kernel?: number;
  readonly stride?: number;
  readonly group?: number;
  readonly bias?: boolean;
  readonly padding?: Padding;
}

/** `conv2d` with a choice of padding: [N, C, H, W] → [N, channels, ⌈H/stride⌉, ⌈W/stride⌉] for odd kernels. */
export function paddedConv(s: Scope, x: Value, channels: number, options: PaddedConvOptions = {}): Value {
  const { kernel = 3, stride = 1, group = 1, bias = false, padding = 'symmetric' } = options;
  if (padding === 'symmetric') return conv2d(s, x, channels, { kernel, stride, group, bias });
  const shape = [channels, fixed(x.type.shape[1], 'the number of channels') / group, kernel, kernel];
  const weight = s.param('weight', shape, fanOut(shape, group));
  const [top, bottom] = sides(fixed(x.type.shape[2], 'the height'), kernel, stride);
  const [left, right] = sides(fixed(x.type.shape[3], 'the width'), kernel, stride);
  return conv(x, weight, bias ? s.param('bias', [channels], zeros) : undefined, {
    strides: [stride, stride],
    pads: [top, left, bottom, right],
    group,
  });
}

/** Pixels before and after along one axis. */
function sides(length: number, kernel: number, stride: number): [number, number] {
  const total = Math.max((Math.ceil(length / stride) - 1) * stride + kernel - length, 0);
  return [total >> 1, total - (total >> 1)];
}
