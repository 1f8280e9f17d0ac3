import { bytesIn, numbersIn, safeSize } from '../../base/bytes.ts';
import { type ArrayOf, allocate, bytesOf, type DType, type Tensor } from '../../base/tensor.ts';
import { dataTypeName, dataTypeOf, dtypeOf } from './data-type.ts';
import { OnnxFormatError } from './errors.ts';
import { externalRange, isExternal, type ReadExternal } from './external.ts';
import type { TensorProto } from './messages.ts';

export interface TensorOptions {
  /** Fetches the values of tensors that are kept in another file. */
  readonly readExternal?: ReadExternal;
  /** Own memory for every tensor. Without it the values are a view of the file where they can be: not to be written to. */
  readonly copy?: boolean;
}

/**
 * The values of an ONNX tensor, from wherever the file keeps them. Nothing is allocated before the sizes agree.
 * Throws an OnnxFormatError that names the tensor: element types without a {@link DType}, sizes that do not fit.
 */
export function tensorFromProto(proto: TensorProto, options: TensorOptions = {}): Tensor {
  const { dtype, size } = checkedHeader(proto);
  return { dtype, shape: [...proto.dims], data: valuesOf(proto, dtype, size, options) };
}

/** A tensor as ONNX writes it, values in `rawData` (the tensor's own memory, not a copy). */
export function tensorToProto(name: string, tensor: Tensor): TensorProto {
  return { name, dataType: dataTypeOf(tensor.dtype), dims: tensor.shape, rawData: bytesIn(tensor.data) };
}

function checkedHeader(proto: TensorProto): { dtype: DType; size: number } {
  const dtype = dtypeOf(proto.dataType);
  if (dtype === undefined) {
    const name = dataTypeName(proto.dataType);
    fail(proto, `holds ${name} values, which this library does not compute with: cast it to a wider type first`);
  }
  if (proto.segment !== undefined) fail(proto, 'is cut into segments, which are not supported: store it whole');
  const size = safeSize(proto.dims);
  if (size === undefined || !Number.isSafeInteger(size * bytesOf(dtype))) {
    fail(proto, `has dims [${proto.dims.slice(0, 16)}], which are not sizes of a tensor`);
  }
  return { dtype, size };
}

function valuesOf(proto: TensorProto, dtype: DType, size: number, options: TensorOptions): ArrayOf[DType] {
  const { rawData } = proto;
  const byteLength = size * bytesOf(dtype);
  if (isExternal(proto)) return numbersIn(dtype, externalBytes(proto, byteLength, options.readExternal), options.copy);
  const typed = typedList(proto, dtype);
  if (rawData !== undefined && (rawData.length > 0 || typed.length === 0)) {
    if (typed.length > 0) fail(proto, `has its values twice: in raw_data and in ${typed.field}`);
    if (rawData.length !== byteLength)
      fail(proto, `has ${rawData.length} bytes of raw_data; ${said(proto, byteLength)}`);
    return numbersIn(dtype, rawData, options.copy);
  }
  if (typed.length !== size) fail(proto, `has ${typed.length} values in ${typed.field}; ${said(proto, size)}`);
  return typed.values(options.copy ?? false);
}

function externalBytes(proto: TensorProto, byteLength: number, read: ReadExternal | undefined): Uint8Array {
  const { location, offset, length } = externalRange(proto);
  if (length !== undefined && length !== byteLength) {
    fail(proto, `has ${length} bytes in '${location}'; ${said(proto, byteLength)}`);
  }
  if (read === undefined) {
    fail(proto, `keeps its values in '${location}': read the model with readModelFile, or give readExternal`);
  }
  if (byteLength === 0) return new Uint8Array(0);
  const bytes = read(location, offset, byteLength);
  if (bytes.length !== byteLength) {
    fail(proto, `got ${bytes.length} bytes from '${location}'; ${said(proto, byteLength)}`);
  }
  return bytes;
}

interface TypedList {
  readonly field: string;
  readonly length: number;
  values(copy: boolean): ArrayOf[DType];
}

/** The list that holds values of this type when they are not in raw_data: onnx.proto has five for all of them. */
function typedList(proto: TensorProto, dtype: DType): TypedList {
  switch (dtype) {
    case 'float32':
      return asIs('float_data', proto.floatData ?? new Float32Array(0));
    case 'float64':
      return asIs('double_data', proto.doubleData ?? new Float64Array(0));
    case 'int64':
      return asIs('int64_data', proto.int64Data ?? new BigInt64Array(0));
    case 'uint64':
      return asIs('uint64_data', proto.uint64Data ?? new BigUint64Array(0));
    case 'uint32': {
      const list = proto.uint64Data ?? new BigUint64Array(0);
      return { field: 'uint64_data', length: list.length, values: () => Uint32Array.from(list, Number) };
    }
    default: {
      const list = proto.int32Data ?? new Int32Array(0);
      return { field: 'int32_data', length: list.length, values: () => narrowed(dtype, list) };
    }
  }
}

function asIs(field: string, list: ArrayOf['float32' | 'float64' | 'int64' | 'uint64']): TypedList {
  return { field, length: list.length, values: (copy) => (copy ? list.slice() : list) };
}

type Narrow = Exclude<DType, 'float32' | 'float64' | 'int64' | 'uint64' | 'uint32'>;

/** 32-bit numbers in the type they stand for; what does not fit wraps around, as it does in ONNX Runtime. */
function narrowed(dtype: Narrow, list: Int32Array): ArrayOf[Narrow] {
  const values = allocate(dtype, list.length);
  if (dtype === 'bool') for (let i = 0; i < list.length; i++) values[i] = list[i] === 0 ? 0 : 1;
  else values.set(list);
  return values;
}

function said(proto: TensorProto, expected: number): string {
  return `its dims [${proto.dims.slice(0, 16)}] of ${dataTypeName(proto.dataType)} ask for ${expected}`;
}

function fail(proto: TensorProto, problem: string): never {
  throw new OnnxFormatError(`the tensor '${proto.name}' ${problem}`);
}
