import { f32, sizeOf } from '../../base/tensor.ts';
import { matmul, matmulT, reshape, transpose } from '../build.ts';
import { type Dim, fixed, mulDim, productOf } from '../dim.ts';
import { constant, type Value } from '../value.ts';
import type { Window } from './spatial.ts';

export interface ConvGeometry extends Window {
  readonly group: number;
}

/** Convolution, and its input's gradient, as one product over all positions of the batch: best where positions are few. */

export const isOne = (v: number) => v === 1;
export const isPointwise = (g: ConvGeometry) =>
  g.kernel.every(isOne) && g.strides.every(isOne) && [...g.begin, ...g.end].every((p) => p === 0);

/** Output positions of one image, where they are known. */
export const positionsOf = (y: Value) => productOf(y.type.shape.slice(2));
export const atMost = (positions: Dim, limit: number) => typeof positions === 'number' && positions <= limit;

/** Up to so many output positions an image, one product over all images beats one for each image. */
export const COLUMNS_FORWARD = 16;
export const COLUMNS_WEIGHT = 16;

/** All positions of the kernel, row-major. */
export function taps(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (all, k) => all.flatMap((t) => Array.from({ length: k }, (_, i) => [...t, i])),
    [[]],
  );
}

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

export const sizesOf = (x: Value) => x.type.shape.slice(2).map((d) => fixed(d, 'a spatial dimension'));

/** What each output position sees, as rows [N·P, C·K] in the order of the weights. */
export function columns(x: Value, g: ConvGeometry, out: readonly number[]): Value {
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
