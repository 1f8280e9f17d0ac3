import { f32, sizeOf } from '../../base/tensor.ts';
import {
  concat,
  conv,
  convTranspose,
  matmul,
  matmulT,
  mul,
  pad,
  reduceSum,
  reshape,
  slice,
  transpose,
} from '../build.ts';
import { type Dim, fixed, mulDim, productOf } from '../dim.ts';
import { apply1 } from '../op.ts';
import { constant, type Value } from '../value.ts';
import type { Window } from './spatial.ts';
import { padsOf } from './spatial.ts';

/**
 * Gradients of convolution in ordinary operators: there is no gradient kernel in the stock library. Which form is used depends on
 * the shape and was decided by measurement on ONNX Runtime's CPU kernels (bench/conv-forms.ts).
 */
export interface ConvGeometry extends Window {
  readonly group: number;
}

const isOne = (v: number) => v === 1;
const reachOf = (g: ConvGeometry, i: number) => (g.kernel[i]! - 1) * g.dilations[i]!;
const spatialAxes = (g: ConvGeometry) => g.kernel.map((_, i) => i + 2);
const isPointwise = (g: ConvGeometry) =>
  g.kernel.every(isOne) && g.strides.every(isOne) && [...g.begin, ...g.end].every((p) => p === 0);

/** Output positions of one image, where they are known. */
const positionsOf = (y: Value) => productOf(y.type.shape.slice(2));
const atMost = (positions: Dim, limit: number) => typeof positions === 'number' && positions <= limit;

/** Up to so many output positions an image, one product over all images beats one for each image. */
const COLUMNS_FORWARD = 16;
const COLUMNS_WEIGHT = 36;
/** Up to so many, ConvTranspose beats Conv with the turned kernel, which must be made anew every step. */
const TURNED_KERNEL = 36;

/** All positions of the kernel, row-major. */
function taps(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (all, k) => all.flatMap((t) => Array.from({ length: k }, (_, i) => [...t, i])),
    [[]],
  );
}

/** The part of the padded input that a tap of the kernel touches: [N, C, …out]. */
function touched(padded: Value, tap: readonly number[], g: ConvGeometry, out: readonly Dim[]): Value {
  if (g.kernel.every(isOne) && g.strides.every(isOne)) return padded;
  const starts = tap.map((t, i) => t * g.dilations[i]!);
  const ends = starts.map((s, i) => {
    const size = out[i]!;
    if (typeof size === 'number') return s + (size - 1) * g.strides[i]! + 1;
    return s === reachOf(g, i) ? Number.POSITIVE_INFINITY : s - reachOf(g, i);
  });
  const axes = spatialAxes(g);
  if (!g.strides.every(isOne)) return slice(padded, axes, starts, ends, g.strides);
  // The last axis first: taps of one kernel column share that slice, and the others then copy long runs.
  return axes.reduceRight((x, axis, i) => slice(x, [axis], [starts[i]!], [ends[i]!]), padded);
}

const padded = (x: Value, g: ConvGeometry) => pad(x, [0, 0, ...g.begin, 0, 0, ...g.end]);

/** [N, C, …] as rows [N·P, C]. */
function rows(x: Value): Value {
  const [n, c] = x.type.shape;
  const positions = positionsOf(x);
  return reshape(transpose(reshape(x, [n!, c!, positions]), [0, 2, 1]), [mulDim(n!, positions), c!]);
}

/** Rows [N·P, C] as [N, C, …spatial]. */
function unrows(y: Value, n: Dim, spatial: readonly Dim[]): Value {
  const c = y.type.shape[1]!;
  return reshape(transpose(reshape(y, [n, productOf(spatial), c]), [0, 2, 1]), [n, c, ...spatial]);
}

/**
 * Which input position each tap of each output position sees: a 0/1 matrix [H·W, K·P]. Few positions make it small, and a
 * product with it gathers ("im2col"), with its transpose adds back ("col2im"), padding and strides included.
 */
function selection(g: ConvGeometry, size: readonly number[], out: readonly number[]): Value {
  const kernel = taps(g.kernel);
  const places = taps(out);
  const columns = kernel.length * places.length;
  const data = new Float32Array(sizeOf(size) * columns);
  kernel.forEach((tap, k) => {
    places.forEach((place, p) => {
      const at = place.map((o, i) => o * g.strides[i]! + tap[i]! * g.dilations[i]! - g.begin[i]!);
      if (!at.every((v, i) => v >= 0 && v < size[i]!)) return;
      const row = at.reduce((flat, v, i) => flat * size[i]! + v, 0);
      data[row * columns + k * places.length + p] = 1;
    });
  });
  return constant(f32([sizeOf(size), columns], data));
}

const sizesOf = (x: Value) => x.type.shape.slice(2).map((d) => fixed(d, 'a spatial dimension'));

/** What each output position sees, as rows [N·P, C·K] in the order of the weights. */
function columns(x: Value, g: ConvGeometry, out: readonly number[]): Value {
  if (isPointwise(g)) return rows(x);
  const [n, c] = x.type.shape;
  const size = sizesOf(x);
  const [positions, k] = [sizeOf(out), sizeOf(g.kernel)];
  const seen = matmul(reshape(x, [mulDim(n!, c!), sizeOf(size)]), selection(g, size, out));
  const all = transpose(reshape(seen, [n!, c!, k, positions]), [0, 3, 1, 2]);
  return reshape(all, [mulDim(n!, positions), mulDim(c!, k)]);
}

/** The kernel as a matrix [O, C·K]. */
const kernelMatrix = (weight: Value) => reshape(weight, [weight.type.shape[0]!, productOf(weight.type.shape.slice(1))]);

/** Whether the forward convolution is faster as one product over the whole batch, while its weight is no constant. */
export function prefersColumns(g: ConvGeometry, y: Value): boolean {
  return g.group === 1 && atMost(positionsOf(y), COLUMNS_FORWARD);
}

/** The convolution as one product of all positions of the batch with the kernel. */
export function convByColumns(x: Value, weight: Value, g: ConvGeometry, out: readonly Dim[]): Value {
  const y = matmulT(
    columns(
      x,
      g,
      out.map((d) => fixed(d, 'a spatial dimension')),
    ),
    kernelMatrix(weight),
    { transB: true },
  );
  return unrows(y, x.type.shape[0]!, out);
}

/** The kernel turned by 180° with input and output channels exchanged: [O, C, …k] → [C, O, …k]. */
function turned(weight: Value): Value {
  const n = weight.type.shape.length;
  const swapped = transpose(weight, [1, 0, ...Array.from({ length: n - 2 }, (_, i) => i + 2)]);
  const axes = weight.type.shape.flatMap((d, i) => (i >= 2 && d !== 1 ? [i] : []));
  if (axes.length === 0) return swapped;
  const each = (v: number) => axes.map(() => v);
  return slice(swapped, axes, each(-1), each(Number.NEGATIVE_INFINITY), each(-1));
}

/** dL/dx of y = conv(x, weight), for x of shape `like`. */
export function convInputGradient(dy: Value, weight: Value, like: Value, g: ConvGeometry): Value {
  const positions = positionsOf(dy);
  if (g.group === 1 && atMost(positions, COLUMNS_FORWARD)) return inputGradientByColumns(dy, weight, like, g);
  if (isDepthwise(like, dy, g)) {
    const depthwise = depthwiseInputGradient(dy, weight, like, g);
    if (depthwise) return depthwise;
  }
  const turns = isPointwise(g) || !atMost(positions, TURNED_KERNEL);
  return (turns && inputGradientByTurning(dy, weight, g)) || inputGradientByTranspose(dy, weight, like, g);
}

/** One filter for each channel, of a picture. */
const isDepthwise = (x: Value, y: Value, g: ConvGeometry) =>
  g.kernel.length === 2 && g.group > 1 && g.group === x.type.shape[1] && g.group === y.type.shape[1];

/**
 * A depthwise convolution of dy, spread out by the strides, with the turned kernel: a form that runtimes have a fast kernel for.
 * Undefined where the pads forbid it.
 */
function depthwiseInputGradient(dy: Value, weight: Value, like: Value, g: ConvGeometry): Value | undefined {
  const begin = g.begin.map((b, i) => reachOf(g, i) - b);
  const out = sizesOf(dy).map((size, i) => size * g.strides[i]!);
  const end = sizesOf(like).map((size, i) => size - out[i]! - begin[i]! + reachOf(g, i));
  if ([...begin, ...end].some((p) => p < 0)) return undefined;
  const kernel = slice(weight, [2, 3], [-1, -1], [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], [-1, -1]);
  return conv(spread(dy, g.strides), kernel, undefined, {
    pads: [...begin, ...end],
    dilations: g.dilations,
    group: g.group,
  });
}

/** Zeros behind every value: [N, C, H, W] → [N, C, H·s, W·s]. */
function spread(x: Value, [down, across]: readonly number[]): Value {
  if (down === 1 && across === 1) return x;
  const [n, c] = x.type.shape;
  const [h, w] = sizesOf(x) as [number, number];
  const apart = reshape(x, [n!, mulDim(c!, h), 1, w, 1]);
  const filled = pad(apart, [0, 0, 0, 0, 0, 0, 0, down! - 1, 0, across! - 1]);
  return reshape(filled, [n!, c!, h * down!, w * across!]);
}

/** A convolution of dy with the turned kernel; undefined where groups, strides or pads forbid it. */
export function inputGradientByTurning(dy: Value, weight: Value, g: ConvGeometry): Value | undefined {
  if (g.group !== 1 || !g.strides.every(isOne)) return undefined;
  const pads = [...g.begin.map((b, i) => reachOf(g, i) - b), ...g.end.map((e, i) => reachOf(g, i) - e)];
  return pads.every((p) => p >= 0) ? conv(dy, turned(weight), undefined, { pads, dilations: g.dilations }) : undefined;
}

/** The transposed convolution; it takes every geometry. */
export function inputGradientByTranspose(dy: Value, weight: Value, like: Value, g: ConvGeometry): Value {
  const output_padding = g.kernel.map((_, i) => (g.strides[i] === 1 ? 0 : uncovered(dy, like, g, i)));
  const { strides, dilations, group } = g;
  return convTranspose(dy, weight, undefined, { strides, pads: padsOf(g), dilations, group, output_padding });
}

/** Input positions behind the last one that a window reaches. */
function uncovered(dy: Value, like: Value, g: ConvGeometry, i: number): number {
  const out = fixed(dy.type.shape[i + 2], 'a spatial dimension');
  const covered = (out - 1) * g.strides[i]! + reachOf(g, i) + 1 - g.begin[i]! - g.end[i]!;
  return fixed(like.type.shape[i + 2], 'a spatial dimension') - covered;
}

/** One product for the whole batch, then every tap's share added where it came from. */
export function inputGradientByColumns(dy: Value, weight: Value, like: Value, g: ConvGeometry): Value {
  const [n, c] = like.type.shape;
  const out = sizesOf(dy);
  const all = matmulT(rows(dy), kernelMatrix(weight));
  if (isPointwise(g)) return unrows(all, n!, out);
  const [positions, k] = [sizeOf(out), sizeOf(g.kernel)];
  const apart = transpose(reshape(all, [n!, positions, c!, k]), [0, 2, 3, 1]);
  const shares = reshape(apart, [mulDim(n!, c!), k * positions]);
  return reshape(matmulT(shares, selection(g, sizesOf(like), out), { transB: true }), like.type.shape);
}

/** dL/dw of y = conv(x, w), in w's shape [O, C/group, …kernel]. */
export function convWeightGradient(x: Value, dy: Value, g: ConvGeometry, shape: readonly Dim[]): Value {
  if (isDepthwise(x, dy, g)) {
    const { kernel, strides, dilations } = g;
    return apply1('DepthwiseWeightGradient', [x, dy], { kernel_shape: kernel, strides, dilations, pads: padsOf(g) });
  }
  const few = g.group === 1 && atMost(positionsOf(dy), COLUMNS_WEIGHT);
  return few ? weightGradientByColumns(x, dy, g, shape) : weightGradientByTaps(x, dy, g, shape);
}

/** One product over all positions of the batch. */
export function weightGradientByColumns(x: Value, dy: Value, g: ConvGeometry, shape: readonly Dim[]): Value {
  return reshape(matmulT(rows(dy), columns(x, g, sizesOf(dy)), { transA: true }), shape);
}

/** For every tap of the kernel, the part of x that it touches times dy, a product for each image, summed over the batch. */
export function weightGradientByTaps(x: Value, dy: Value, g: ConvGeometry, shape: readonly Dim[]): Value {
  const [n, channels] = x.type.shape;
  const outputs = dy.type.shape[1]!;
  const [perIn, perOut] = [fixed(channels, 'channels') / g.group, fixed(outputs, 'channels') / g.group];
  const positions = positionsOf(dy);
  const source = padded(x, g);
  const grouped = (v: Value, each: number) =>
    reshape(v, g.group === 1 ? [n!, each, positions] : [n!, g.group, each, positions]);
  const grads = taps(g.kernel).map((tap) => {
    const part = touched(source, tap, g, dy.type.shape.slice(2));
    if (perIn === 1 && perOut === 1) return reduceSum(mul(dy, part), [0, ...spatialAxes(g)], false);
    return reduceSum(matmulT(grouped(dy, perOut), grouped(part, perIn), { transB: true }), [0], false);
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
