import { f32 } from '../../base/tensor.ts';
import { conv, convTranspose, reshape, slice, transpose } from '../build.ts';
import { type Dim, fixed, mulDim } from '../dim.ts';
import { apply1 } from '../op.ts';
import { constant, type Value } from '../value.ts';
import {
  atMost,
  COLUMNS_FORWARD,
  COLUMNS_WEIGHT,
  type ConvGeometry,
  inputGradientByColumns,
  isOne,
  isPointwise,
  positionsOf,
  sizesOf,
} from './conv-columns.ts';
import { weightGradientByColumns, weightGradientByTaps, weightGradientByUnfolding } from './conv-weight-gradient.ts';
import { padsOf } from './spatial.ts';

/**
 * Gradients of convolution in ordinary operators: there is no gradient kernel in the stock library. Which form is used depends on
 * the shape and was decided by measurement on ONNX Runtime's CPU kernels (bench/conv-forms.ts).
 */

const reachOf = (g: ConvGeometry, i: number) => (g.kernel[i]! - 1) * g.dilations[i]!;
/** Up to so many, ConvTranspose beats Conv with the turned kernel, which must be made anew every step. */
const TURNED_KERNEL = 36;

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

/**
 * Zeros behind every value: [N, C, H, W] → [N, C, H·s, W·s]. A product of each row with zeros and ones, which makes the empty rows as well:
 * moving single numbers, as Pad does, takes up to four times as long.
 */
function spread(x: Value, [down, across]: readonly number[]): Value {
  if (down === 1 && across === 1) return x;
  const [n, c] = x.type.shape;
  const [h, w] = sizesOf(x) as [number, number];
  const places = f32([w, down! * w * across!]);
  for (let i = 0; i < w; i++) places.data[i * places.shape[1]! + i * across!] = 1;
  const rows = reshape(x, [mulDim(mulDim(n!, c!), h), w]);
  return reshape(apply1('Gemm', [rows, constant(places)]), [n!, c!, h * down!, w * across!]);
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

/** dL/dw of y = conv(x, w), in w's shape [O, C/group, …kernel]. */
export function convWeightGradient(x: Value, dy: Value, g: ConvGeometry, shape: readonly Dim[]): Value {
  if (isDepthwise(x, dy, g)) {
    const { kernel, strides, dilations } = g;
    return apply1('DepthwiseWeightGradient', [x, dy], { kernel_shape: kernel, strides, dilations, pads: padsOf(g) });
  }
  if (g.group === 1 && atMost(positionsOf(dy), COLUMNS_WEIGHT)) return weightGradientByColumns(x, dy, g, shape);
  return !g.strides.every(isOne) ? weightGradientByUnfolding(x, dy, g, shape) : weightGradientByTaps(x, dy, g, shape);
}
