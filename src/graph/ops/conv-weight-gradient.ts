import { f32, sizeOf } from '../../base/tensor.ts';
import { concat, conv, matmul, matmulT, mul, pad, reduceSum, reshape, slice, transpose } from '../build.ts';
import { type Dim, fixed, mulDim, productOf } from '../dim.ts';
import { constant, type Value } from '../value.ts';
import { type ConvGeometry, columns, isOne, positionsOf, sizesOf, taps } from './conv-columns.ts';
import { padsOf } from './spatial.ts';

/**
 * dL/dw of a convolution as products of dy with what each tap of the kernel sees. Which form and which way are fastest was measured on ONNX
 * Runtime's CPU kernels (bench/conv-forms.ts).
 */

/** How the factors of a product lie: image by image, or all images of the batch behind one another. */
interface Way {
  /** A map [N, C, …] as this way keeps it. */
  enter(map: Value): Value;
  /** A map that has entered, as rows of its channels, in groups where there are some. */
  rows(map: Value): Value;
  /** dy · xᵀ, of rows, over the whole batch. */
  multiply(dy: Value, x: Value): Value;
}

/** A product for each image, and a sum over them: nothing is moved. */
const imageByImage = (group: number): Way => ({
  enter: (map) => map,
  rows: (map) => {
    const [n, c] = map.type.shape;
    return reshape(map, [n!, ...inGroups(c!, group), positionsOf(map)]);
  },
  multiply: (dy, x) => reduceSum(matmulT(dy, x, { transB: true }), [0], false),
});

/** One product for the whole batch: nothing is left to sum, but both maps must be moved. */
const wholeBatch = (group: number): Way => ({
  enter: (map) => transpose(map, [1, 0, ...map.type.shape.slice(2).map((_, i) => i + 2)]),
  rows: (map) => {
    const [c, n] = map.type.shape;
    return reshape(map, [...inGroups(c!, group), mulDim(n!, positionsOf(map))]);
  },
  multiply: (dy, x) => matmulT(dy, x, { transB: true }),
});

const inGroups = (channels: Dim, group: number): Dim[] =>
  group === 1 ? [channels] : [group, fixed(channels, 'channels') / group];

export const ways = { imageByImage, wholeBatch } satisfies Record<string, (group: number) => Way>;

/** A product for the whole batch pays where at most so many numbers of an image are moved for a number of the weights. */
const MOVED = 2;

/** The way for factors of so many numbers an image; image by image where sizes are not known. */
function wayFor(g: ConvGeometry, factors: readonly (readonly Dim[])[], shape: readonly Dim[]): Way {
  const sizes = factors.map((f) => numbersOf(f.slice(1)));
  const [weights, moved] = [numbersOf(shape), sizes.reduce((a, b) => a + b, 0)];
  return moved <= MOVED * weights ? wholeBatch(g.group) : imageByImage(g.group);
}

/** How many numbers, NaN where a dimension is a symbol. */
const numbersOf = (shape: readonly Dim[]) => Number(productOf(shape));

/** The part of the padded input that a tap of the kernel touches: [N, C, …out]. */
function touched(padded: Value, tap: readonly number[], g: ConvGeometry, out: readonly Dim[]): Value {
  if (g.kernel.every(isOne) && g.strides.every(isOne)) return padded;
  const starts = tap.map((t, i) => t * g.dilations[i]!);
  const ends = starts.map((s, i) => {
    const size = out[i]!;
    if (typeof size === 'number') return s + (size - 1) * g.strides[i]! + 1;
    const reach = (g.kernel[i]! - 1) * g.dilations[i]!;
    return s === reach ? Number.POSITIVE_INFINITY : s - reach;
  });
  const axes = g.kernel.map((_, i) => i + 2);
  if (!g.strides.every(isOne)) return slice(padded, axes, starts, ends, g.strides);
  // The last axis first: taps of one kernel column share that slice, and the others then copy long runs.
  return axes.reduceRight((x, axis, i) => slice(x, [axis], [starts[i]!], [ends[i]!]), padded);
}

const padded = (x: Value, g: ConvGeometry) => pad(x, [0, 0, ...g.begin, 0, 0, ...g.end]);

/** Gradients of single taps side by side, in the weight's shape. */
function joined(grads: readonly Value[], shape: readonly Dim[]): Value {
  const column = [shape[0]!, shape[1]!, 1];
  const all = grads.map((v) => reshape(v, column));
  return reshape(concat(all, 2), shape);
}

/** A product for every tap of the kernel. */
export function weightGradientByTaps(
  x: Value,
  dy: Value,
  g: ConvGeometry,
  shape: readonly Dim[],
  way = wayFor(g, [padded(x, g).type.shape, dy.type.shape], shape),
): Value {
  const out = dy.type.shape.slice(2);
  const [from, by] = [way.enter(padded(x, g)), way.rows(way.enter(dy))];
  return joined(
    taps(g.kernel).map((tap) => way.multiply(by, way.rows(touched(from, tap, g, out)))),
    shape,
  );
}

/** The same where every channel is by itself: a sum for every tap. */
export function depthwiseWeightGradientByTaps(x: Value, dy: Value, g: ConvGeometry, shape: readonly Dim[]): Value {
  const out = dy.type.shape.slice(2);
  const places = [0, ...out.map((_, i) => i + 2)];
  const from = padded(x, g);
  return joined(
    taps(g.kernel).map((tap) => reduceSum(mul(dy, touched(from, tap, g, out)), places, false)),
    shape,
  );
}

/**
 * One product with all taps at once, which a convolution with a kernel of ones and zeros lays beside each other: a step from number to
 * number, as strides need, is faster in there than in Slice.
 */
export function weightGradientByUnfolding(
  x: Value,
  dy: Value,
  g: ConvGeometry,
  shape: readonly Dim[],
  way = wayFor(
    g,
    [[0, fixed(x.type.shape[1], 'channels') * sizeOf(g.kernel), ...dy.type.shape.slice(2)], dy.type.shape],
    shape,
  ),
): Value {
  const channels = fixed(x.type.shape[1], 'channels');
  const { strides, dilations } = g;
  const beside = conv(x, constant(onesAlong(channels, g.kernel)), undefined, {
    strides,
    dilations,
    pads: padsOf(g),
    group: channels,
  });
  const rows = (map: Value) => way.rows(way.enter(map));
  return reshape(way.multiply(rows(dy), rows(beside)), shape);
}

/** Kernels [C·K, 1, …kernel], K of each channel: the first sees its first place, and so on. */
function onesAlong(channels: number, kernel: readonly number[]) {
  const places = sizeOf(kernel);
  const data = new Float32Array(channels * places * places);
  for (let i = 0; i < channels * places; i++) data[i * places + (i % places)] = 1;
  return f32([channels * places, 1, ...kernel], data);
}

/** One product over all positions of the batch, with what each of them sees as rows. */
export function weightGradientByColumns(x: Value, dy: Value, g: ConvGeometry, shape: readonly Dim[]): Value {
  const way = wholeBatch(1);
  return reshape(matmul(way.rows(way.enter(dy)), columns(x, g, sizesOf(dy))), shape);
}
