import { type ArrayOf, allocate, bytesOf, type DType, type TensorData } from './tensor.ts';

// Files keep numbers little-endian; so does every machine that runs JavaScript engines today, and typed arrays show it.

const constructors: { [D in DType]: { new (buffer: ArrayBufferLike, offset: number, length: number): ArrayOf[D] } } = {
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

/**
 * The little-endian numbers in `bytes` (a whole number of them): a view where the memory is aligned for the type, a copy
 * where it is not, and always a copy with `copy`, for numbers that will be written to.
 */
export function numbersIn<D extends DType>(dtype: D, bytes: Uint8Array, copy = false): ArrayOf[D] {
  const width = bytesOf(dtype);
  const length = bytes.length / width;
  if (!copy && bytes.byteOffset % width === 0) {
    return new constructors[dtype](bytes.buffer, bytes.byteOffset, length);
  }
  const numbers = allocate(dtype, length);
  bytesIn(numbers).set(bytes);
  return numbers;
}

/** The memory of `numbers` as bytes, not copied. */
export function bytesIn(numbers: TensorData): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/**
 * The product of sizes that came from a file: undefined when one of them is no size (negative, fractional, not a number)
 * or when they multiply to more than 2^53.
 */
export function safeSize(shape: readonly number[]): number | undefined {
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0)) return undefined;
  if (shape.includes(0)) return 0;
  let size = 1;
  for (const n of shape) {
    size *= n;
    if (size > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return size;
}
