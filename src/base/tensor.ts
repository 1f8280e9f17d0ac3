import { check } from './errors.ts';

/** Element types, named as ONNX names them in lower case. */
export type DType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool';

/** The typed array that holds each element type (half floats as raw bits, booleans as bytes). */
export interface ArrayOf {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  bool: Uint8Array;
}

export type TensorData = ArrayOf[DType];

/** A dense, row-major tensor on the host. `data.length` is the product of `shape`. */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  data: ArrayOf[D];
}

const constructors: { [D in DType]: { new (n: number): ArrayOf[D]; BYTES_PER_ELEMENT: number } } = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

export const dtypes = Object.keys(constructors) as DType[];

/** Bytes one element takes. */
export function bytesOf(dtype: DType): number {
  return constructors[dtype].BYTES_PER_ELEMENT;
}

/** A new zero-filled array for `length` elements. */
export function allocate<D extends DType>(dtype: D, length: number): ArrayOf[D] {
  return new constructors[dtype](length);
}

/** Product of the dimensions. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** A tensor over `data` (zeros when left out); throws when the length does not match the shape. */
export function tensor<D extends DType>(dtype: D, shape: readonly number[], data?: ArrayOf[D]): Tensor<D> {
  const size = sizeOf(shape);
  const values = data ?? allocate(dtype, size);
  check(
    values.length === size,
    () => `a ${dtype} tensor of shape [${shape}] holds ${size} values, got ${values.length}`,
  );
  return { dtype, shape, data: values };
}

/** A float32 tensor from numbers. */
export function f32(shape: readonly number[], values?: ArrayLike<number>): Tensor<'float32'> {
  return tensor('float32', shape, values instanceof Float32Array ? values : values && Float32Array.from(values));
}

/** An int64 tensor from numbers. */
export function i64(shape: readonly number[], values: ArrayLike<number>): Tensor<'int64'> {
  return tensor('int64', shape, BigInt64Array.from(Array.from(values), BigInt));
}

export const isFloat32 = (t: Tensor): t is Tensor<'float32'> => t.dtype === 'float32';

/** Those of single precision. */
export const floatsOf = (tensors: Iterable<readonly [string, Tensor]>): Map<string, Tensor<'float32'>> =>
  new Map([...tensors].flatMap(([name, t]) => (isFloat32(t) ? [[name, t] as const] : [])));

/** Whether two tensors have the same type, shape and bits. */
export function sameBytes(a: Tensor, b: Tensor): boolean {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
  if (a.data === b.data) return true;
  const [x, y] = [bytesIn(a), bytesIn(b)];
  return x.length === y.length && x.every((v, i) => v === y[i]);
}

const bytesIn = ({ data }: Tensor) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** The elements as JavaScript numbers (half floats are decoded). */
export function toNumbers(t: Tensor): number[] {
  if (t.dtype === 'float16') return Array.from(t.data as Uint16Array, halfToFloat);
  if (t.dtype === 'bfloat16') return Array.from(t.data as Uint16Array, bfloat16ToFloat);
  return Array.from(t.data as ArrayLike<number | bigint>, Number);
}

const scratch = new DataView(new ArrayBuffer(4));

/** IEEE half-precision bits to a number. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16 bits to a number. */
export function bfloat16ToFloat(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}
