import { describe, expect, it } from 'vitest';
import { bytesIn } from '../../base/bytes.ts';
import { allocate, bytesOf, dtypes, tensor } from '../../base/tensor.ts';
import { fixture } from '../testing/fixtures.ts';
import { dataTypeName, dataTypeOf, dtypeOf } from './data-type.ts';
import { OnnxFormatError } from './errors.ts';
import type { TensorProto } from './messages.ts';
import { decodeModel } from './model.ts';
import { tensorFromProto, tensorToProto } from './tensor.ts';

const proto = (rest: Partial<TensorProto>): TensorProto => ({ name: 'w', dataType: 1, dims: [2], ...rest });
const reading = (rest: Partial<TensorProto>) => () => tensorFromProto(proto(rest));

describe('tensorFromProto', () => {
  it('reads the same tensors from raw data and from typed lists', () => {
    const [raw, typed] = ['raw', 'typed'].map((name) =>
      decodeModel(fixture(`${name}.onnx`)).graph.initializer.map((t) => tensorFromProto(t)),
    );
    expect(raw).toHaveLength(dtypes.length);
    expect(typed).toEqual(raw);
    expect(raw?.find((t) => t.dtype === 'int16')).toEqual(
      tensor('int16', [2, 3], Int16Array.of(-32768, 32767, 0, 1, 77, 32766)),
    );
    expect(raw?.find((t) => t.dtype === 'bool')).toEqual(tensor('bool', [2, 3], Uint8Array.of(1, 0, 1, 1, 0, 0)));
  });

  it.each(dtypes)('gives back what tensorToProto wrote: %s, aligned or not', (dtype) => {
    const values = allocate(dtype, 6);
    bytesIn(values).forEach((_, i, bytes) => {
      bytes[i] = dtype === 'bool' ? i % 2 : 1 + i * 5;
    });
    const written = tensorToProto('w', tensor(dtype, [2, 3], values));
    expect(tensorFromProto(written)).toEqual(tensor(dtype, [2, 3], values));
    const memory = new Uint8Array(6 * bytesOf(dtype) + 1);
    memory.set(bytesIn(values), 1);
    expect(tensorFromProto({ ...written, rawData: memory.subarray(1) }).data).toEqual(values);
  });

  it('shares the memory of the file unless a copy is asked for', () => {
    const rawData = bytesIn(Float32Array.of(1, 2));
    expect(tensorFromProto(proto({ rawData })).data.buffer).toBe(rawData.buffer);
    expect(tensorFromProto(proto({ rawData }), { copy: true }).data.buffer).not.toBe(rawData.buffer);
    const floatData = Float32Array.of(1, 2);
    expect(tensorFromProto(proto({ floatData }), { copy: true }).data).not.toBe(floatData);
  });

  it('reads scalars and tensors without elements', () => {
    expect(tensorFromProto(proto({ dims: [], floatData: Float32Array.of(3) }))).toEqual(
      tensor('float32', [], Float32Array.of(3)),
    );
    for (const rest of [{}, { rawData: new Uint8Array(0) }]) {
      expect(tensorFromProto(proto({ dims: [4, 0], ...rest })).data).toHaveLength(0);
    }
  });

  it.each<[string, Partial<TensorProto>, RegExp]>([
    ['a negative size', { dims: [-1, -4], rawData: new Uint8Array(16) }, /'w' has dims \[-1,-4\]/],
    ['a product beyond 2^53', { dims: [2 ** 40, 2 ** 40], rawData: new Uint8Array(0) }, /not sizes of a tensor/],
    ['a product that wraps to nothing', { dims: [2 ** 32, 2 ** 32], rawData: new Uint8Array(0) }, /not sizes/],
    ['a size far beyond the data', { dims: [2 ** 45], rawData: new Uint8Array(8) }, /8 bytes of raw_data/],
    ['too much raw data', { rawData: new Uint8Array(12) }, /12 bytes of raw_data; .*float32 ask for 8/],
    ['raw data that is no whole number of values', { rawData: new Uint8Array(7) }, /7 bytes/],
    ['too few typed values', { floatData: Float32Array.of(1) }, /1 values in float_data/],
    ['the wrong typed list', { int32Data: Int32Array.of(1, 2) }, /0 values in float_data/],
    ['no values at all', {}, /0 values in float_data/],
    ['values twice', { rawData: new Uint8Array(8), floatData: Float32Array.of(1, 2) }, /twice/],
    ['segments', { segment: { begin: 0, end: 1 }, rawData: new Uint8Array(8) }, /segments/],
    ['no element type', { dataType: 0, rawData: new Uint8Array(8) }, /undefined values/],
    ['an element type of the future', { dataType: 99 }, /data type 99/],
    [
      'values in a file nobody can read',
      { dataLocation: 1, externalData: [{ key: 'location', value: 'a.bin' }] },
      /'a.bin'.*readModelFile/,
    ],
  ])('refuses %s', (_, rest, message) => {
    expect(reading(rest)).toThrow(OnnxFormatError);
    expect(reading(rest)).toThrow(message);
  });

  it('names the tensor and the type of those it has no array for', () => {
    const tensors = decodeModel(fixture('unsupported.onnx')).graph.initializer;
    const types = ['string', 'float8e4m3fn', 'int4', 'complex64'];
    expect(tensors).toHaveLength(types.length);
    tensors.forEach((t, i) => {
      expect(() => tensorFromProto(t)).toThrow(OnnxFormatError);
      expect(() => tensorFromProto(t)).toThrow(`the tensor '${t.name}' holds ${types[i]} values`);
    });
  });
});

describe('element types', () => {
  it('have ONNX numbers that lead back to them and go by their own names', () => {
    for (const dtype of dtypes) {
      expect(dtypeOf(dataTypeOf(dtype))).toBe(dtype);
      expect(dataTypeName(dataTypeOf(dtype))).toBe(dtype);
    }
  });
});
