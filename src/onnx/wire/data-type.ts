import type { DType } from '../../base/tensor.ts';

/** The names of TensorProto.DataType, each at its number. Those that are a {@link DType} are named the same. */
const dataTypeNames = [
  'undefined',
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'uint4',
  'int4',
  'float4e2m1',
  'float8e8m0',
  'uint2',
  'int2',
  'float6e2m3',
  'float6e3m2',
] as const;

const numbers: { readonly [D in DType]: number } = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
};

const dtypes = new Map<number, DType>();
for (const [dtype, number] of Object.entries(numbers) as [DType, number][]) dtypes.set(number, dtype);

/** ONNX's number for an element type. */
export function dataTypeOf(dtype: DType): number {
  return numbers[dtype];
}

/** The element type of ONNX's number, or undefined where this library has none (strings, complex, 8 bits and less of float). */
export function dtypeOf(dataType: number): DType | undefined {
  return dtypes.get(dataType);
}

/** What people call ONNX's number. */
export function dataTypeName(dataType: number): string {
  return dataTypeNames[dataType] ?? `data type ${dataType}`;
}
