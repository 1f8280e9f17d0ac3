import { check } from '../../base/errors.ts';
import {
  allocate,
  bfloat16ToFloat,
  type DType,
  halfToFloat,
  sizeOf,
  type Tensor,
  type TensorData,
  tensor,
} from '../../base/tensor.ts';
import type { AttrReader } from '../attributes.ts';
import { broadcastShapes } from '../dim.ts';
import type { InferContext } from '../op.ts';
import { constant } from '../value.ts';

/** Host kernels that `evaluate` functions are made of: for constants and shapes, not for images. */

/** What an `evaluate` returns for a case that it leaves to the runtime. */
export const declined: Tensor[] = [];

/** Number arrays and bigint arrays are copied by the same loops; this says so to the type checker. */
const elements = (data: TensorData) => data as Float64Array;

/** Row-major strides of a shape. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

/** Calls `visit` with the offset of every position of `shape`, in row-major order. */
export function walk(
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  visit: (at: number) => void,
): void {
  const total = sizeOf(shape);
  const index = new Int32Array(shape.length);
  let at = offset;
  for (let o = 0; o < total; o++) {
    visit(at);
    for (let d = shape.length - 1; d >= 0; d--) {
      at += strides[d]!;
      if (++index[d]! < shape[d]!) break;
      at -= strides[d]! * shape[d]!;
      index[d] = 0;
    }
  }
}

/** The tensor of `shape` whose elements lie at the given strides of `t`: transposes, slices and broadcasts. */
export function strided<D extends DType>(
  t: Tensor<D>,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Tensor<D> {
  const out = allocate(t.dtype, sizeOf(shape));
  const [to, from] = [elements(out), elements(t.data)];
  let o = 0;
  walk(shape, strides, offset, (at) => {
    to[o++] = from[at]!;
  });
  return { dtype: t.dtype, shape, data: out };
}

/** `t` in another shape of as many elements; the memory is shared. */
export function reshaped(t: Tensor, shape: readonly number[]): Tensor {
  return tensor(t.dtype, shape, t.data);
}

/** `t` broadcast to `shape`. */
export function broadcastTo(t: Tensor, shape: readonly number[]): Tensor {
  if (t.shape.length === shape.length && t.shape.every((d, i) => d === shape[i])) return t;
  const lead = shape.length - t.shape.length;
  const own = stridesOf(t.shape);
  const strides = shape.map((_, i) => (i < lead || t.shape[i - lead] === 1 ? 0 : own[i - lead]!));
  return strided(t, shape, strides);
}

/** The shape that all the tensors broadcast to. */
export function commonShape(tensors: readonly Tensor[]): number[] {
  return tensors.reduce<number[]>((shape, t) => broadcastShapes(shape, t.shape) as number[], []);
}

/** A tensor filled in parts: writes `part` at `offset` elements. */
export function paste(into: Tensor, part: Tensor, start: number, length: number, offset: number): void {
  elements(into.data).set(elements(part.data).subarray(start, start + length), offset);
}

/** Copies element `from` of `source` to element `to` of `target`. */
export function copyElement(target: Tensor, to: number, source: Tensor, from: number): void {
  elements(target.data)[to] = elements(source.data)[from]!;
}

/** The elements as numbers: the tensor's own memory where its type is one of 32 bits or float64. */
export function numbersOf(t: Tensor): ArrayLike<number> {
  const { data, dtype } = t;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number);
  if (dtype === 'float16') return Float32Array.from(data, halfToFloat);
  if (dtype === 'bfloat16') return Float32Array.from(data, bfloat16ToFloat);
  return data;
}

/** The integers of a tensor (axes, sizes, indices). */
export function integersOf(t: Tensor): number[] {
  return Array.from(numbersOf(t));
}

/** Whether elements are bigints. */
export const isWide = (dtype: DType) => dtype === 'int64' || dtype === 'uint64';

/** A tensor of `dtype` whose element `i` is `value(i)`, rounded as the type does. */
export function fill(dtype: DType, shape: readonly number[], value: (i: number) => number): Tensor {
  const out = tensor(dtype, shape);
  const { data } = out;
  const n = data.length;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    for (let i = 0; i < n; i++) data[i] = wholeOf(value(i));
  } else if (dtype === 'float16') for (let i = 0; i < n; i++) data[i] = halfBits(value(i));
  else if (dtype === 'bfloat16') for (let i = 0; i < n; i++) data[i] = bfloat16Bits(value(i));
  else if (dtype === 'bool') for (let i = 0; i < n; i++) data[i] = value(i) === 0 ? 0 : 1;
  else for (let i = 0; i < n; i++) data[i] = value(i);
  return out;
}

/** A float as an integer, as a C cast does it: towards zero; what is no number becomes 0. */
function wholeOf(x: number): bigint {
  if (Number.isFinite(x)) return BigInt(Math.trunc(x));
  return 0n;
}

const scratch = new DataView(new ArrayBuffer(4));

/** The float32 bits of `x`, cut to the upper 16 with rounding to even. */
function bfloat16Bits(x: number): number {
  scratch.setFloat32(0, x);
  const bits = scratch.getUint32(0);
  if (Number.isNaN(x)) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** IEEE half-precision bits of `x` (taken as a float32), rounded to even. */
export function halfBits(x: number): number {
  scratch.setFloat32(0, x);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const size = Math.abs(scratch.getFloat32(0));
  if (Number.isNaN(x)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Below 2^-14 the step is constant; above it is 2^-10 of the power of two below.
  const power = Math.max(-14, ((bits >>> 23) & 255) - 127);
  const steps = toEven(size * 2 ** (10 - power));
  return sign + (steps < 1024 ? steps : ((power + 14) << 10) + steps);
}

/** The nearest whole number, the even one at a half. */
export function toEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

/** Axis in 0..rank-1. */
export function axisOf(axis: number, rank: number): number {
  check(
    Number.isInteger(axis) && axis >= -rank && axis < rank,
    () => `axis ${axis} is outside a tensor of rank ${rank}`,
  );
  return axis < 0 ? axis + rank : axis;
}

/** An input that must be there. */
export function given(inputs: readonly (Tensor | undefined)[], i: number): Tensor {
  const t = inputs[i];
  check(t, () => `input ${i} is missing`);
  return t;
}

/** Tensors as an inference context, so that evaluation reads shapes and axes as inference does. */
export function hostContext(inputs: readonly (Tensor | undefined)[], attrs: AttrReader): InferContext {
  return { inputs: inputs.map((t) => t && constant(t)), attrs, type: (i) => given(inputs, i) };
}
