import { concat, conv, convTranspose, matmulT, mul, pad, reduceSum, reshape, slice, transpose } from '../build.ts';
import { type Dim, fixed, productOf } from '../dim.ts';
import type { Value } from '../value.ts';
import type { Window } from './spatial.ts';
import { padsOf } from './spatial.ts';

/**
 * Gradients of convolution in ordinary operators. Which form is used was decided by measurement on ONNX Runtime's CPU
 * kernels (bench/conv-gradient.ts): there is no gradient kernel in the stock library.
 */
export interface ConvGeometry extends Window {
  readonly group: number;
}

const isOne = (v: number) => v === 1;

/** The kernel turned by 180° with input and output channels exchanged: [O, C, …k] → [C, O, …k]. */
function flipped(weight: Value): Value {
  const n = weight.type.shape.length;
  const swapped = transpose(weight, [1, 0, ...Array.from({ length: n - 2 }, (_, i) => i + 2)]);
  const axes = weight.type.shape.flatMap((d, i) => (i >= 2 && d !== 1 ? [i] : []));
  if (axes.length === 0) return swapped;
  const each = (v: number) => axes.map(() => v);
  return slice(swapped, axes, each(-1), each(Number.NEGATIVE_INFINITY), each(-1));
}

/** dL/dx of y = conv(x, weight), for x of shape `like`. */
export function convInputGradient(dy: Value, weight: Value, like: Value, g: ConvGeometry): Value {
  const reach = g.kernel.map((k, i) => (k - 1) * g.dilations[i]!);
  if (g.group === 1 && g.strides.every(isOne)) {
    const begin = reach.map((r, i) => r - g.begin[i]!);
    const end = reach.map((r, i) => r - g.end[i]!);
    if ([...begin, ...end].every((p) => p >= 0)) {
      return conv(dy, flipped(weight), undefined, { pads: [...begin, ...end], dilations: g.dilations });
    }
  }
  const output_padding = g.kernel.map((_, i) => {
    const [size, out] = [like.type.shape[i + 2], dy.type.shape[i + 2]];
    if (g.strides[i] === 1) return 0;
    const covered = (fixed(out, 'a spatial dimension') - 1) * g.strides[i]! + reach[i]! + 1 - g.begin[i]! - g.end[i]!;
    return fixed(size, 'a spatial dimension') - covered;
  });
  const { strides, dilations, group } = g;
  return convTranspose(dy, weight, undefined, { strides, pads: padsOf(g), dilations, group, output_padding });
}

/** All positions of the kernel, row-major. */
function taps(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (all, k) => all.flatMap((t) => Array.from({ length: k }, (_, i) => [...t, i])),
    [[]],
  );
}

/**
 * dL/dw of y = conv(x, w), in w's shape [O, C/group, …kernel]: for every tap of the kernel, the slice of x that it
 * touches, times dy, summed over the batch.
 */
export function convWeightGradient(x: Value, dy: Value, g: ConvGeometry, shape: readonly Dim[]): Value {
  const [n, channels] = x.type.shape;
  const spatial = dy.type.shape.slice(2);
  const outputs = dy.type.shape[1]!;
  const [perIn, perOut] = [fixed(channels, 'channels') / g.group, fixed(outputs, 'channels') / g.group];
  const positions = productOf(spatial);
  const depthwise = perIn === 1 && perOut === 1;
  const axes = g.kernel.map((_, i) => i + 2);
  const padded = pad(x, [0, 0, ...g.begin, 0, 0, ...g.end]);
  const shifted = (tap: readonly number[]) => {
    const start = tap.map((t, i) => t * g.dilations[i]!);
    const end = start.map((s, i) => {
      const size = spatial[i]!;
      return typeof size === 'number'
        ? s + (size - 1) * g.strides[i]! + 1
        : s === reach(g, i)
          ? Number.POSITIVE_INFINITY
          : s - reach(g, i);
    });
    const whole = g.kernel.every(isOne) && g.strides.every(isOne);
    return whole ? padded : slice(padded, axes, start, end, g.strides);
  };
  const grads = taps(g.kernel).map((tap) => {
    const part = shifted(tap);
    if (depthwise) return reduceSum(mul(dy, part), [0, ...axes], false);
    const a = reshape(dy, g.group === 1 ? [n!, perOut, positions] : [n!, g.group, perOut, positions]);
    const b = reshape(part, g.group === 1 ? [n!, perIn, positions] : [n!, g.group, perIn, positions]);
    return reduceSum(matmulT(a, b, { transB: true }), [0], false);
  });
  const column = [outputs, perIn, 1];
  return reshape(
    concat(
      grads.map((v) => reshape(v, column)),
      2,
    ),
    shape,
  );
}

const reach = (g: ConvGeometry, i: number) => (g.kernel[i]! - 1) * g.dilations[i]!;
