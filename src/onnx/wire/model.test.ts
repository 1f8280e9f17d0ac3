import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { fixture, plain, recorded } from '../testing/fixtures.ts';
import { OnnxFormatError } from './errors.ts';
import type { Attribute, Graph, Model } from './messages.ts';
import { decodeModel, encodeModel, encodePieces } from './model.ts';

const names = ['everything', 'raw', 'typed', 'unsupported', 'control-flow', 'functions', 'convnet', 'external'];

const emptyGraph: Graph = { name: 'g', node: [], initializer: [], input: [], output: [] };
const emptyModel: Model = { irVersion: 10, opsetImport: [{ domain: '', version: 21 }], graph: emptyGraph };

/** A model of one node with one attribute. */
function withAttribute(attribute: Attribute): Model {
  const node = { opType: 'Op', input: ['x'], output: ['y'], attribute: [attribute] };
  return { ...emptyModel, graph: { ...emptyGraph, node: [node] } };
}

describe('models made by the Python onnx package', () => {
  it.each(names)('%s: everything in it is read as recorded', (name) => {
    expect(plain(decodeModel(fixture(`${name}.onnx`)))).toEqual(recorded(name));
  });

  it.each(names)('%s: written and read again it is the same', (name) => {
    const model = decodeModel(fixture(`${name}.onnx`));
    const again = decodeModel(encodeModel(model));
    expect(plain(again)).toEqual(recorded(name));
  });

  it('reads the same wherever the bytes start in memory', () => {
    const file = fixture('typed.onnx');
    for (const shift of [1, 2, 3, 5]) {
      const memory = new Uint8Array(file.length + 8);
      memory.set(file, shift);
      expect(plain(decodeModel(memory.subarray(shift, shift + file.length)))).toEqual(recorded('typed'));
    }
  });
});

describe('decodeModel', () => {
  it('takes weights as views of the file', () => {
    const file = new Uint8Array(fixture('convnet.onnx'));
    const weight = decodeModel(file).graph.initializer.find((t) => t.name === 'w2');
    expect(weight?.rawData?.length).toBe(32 * 16 * 9 * 4);
    expect(weight?.rawData?.buffer).toBe(file.buffer);
  });

  it('skips fields it does not know, groups among them', () => {
    const extra = new BinaryWriter().tag(1000, WireType.LengthDelimited).string('later');
    extra.tag(1001, WireType.StartGroup).tag(1, WireType.Varint).uint32(5).tag(1001, WireType.EndGroup);
    extra.tag(1002, WireType.Bit64).fixed64(1n).tag(1003, WireType.Bit32).fixed32(1);
    const file = new Uint8Array([...encodeModel(emptyModel), ...extra.finish()]);
    expect(plain(decodeModel(file))).toEqual(plain(emptyModel));
  });

  it('takes the type of an attribute without one (IR version 1) from its value', () => {
    const attribute = new BinaryWriter().tag(1, 2).string('k').tag(8, 0).int64(3).tag(8, 0).int64(-1).finish();
    const node = new BinaryWriter().tag(5, 2).bytes(attribute).finish();
    const graph = new BinaryWriter().tag(1, 2).bytes(node).finish();
    const model = decodeModel(new BinaryWriter().tag(7, 2).bytes(graph).finish());
    expect(model.graph.node[0]?.attribute[0]).toMatchObject({ name: 'k', type: 'ints', value: [3n, -1n] });
  });

  it('reads number lists packed, one by one, and split', () => {
    const tensor = new BinaryWriter().tag(4, 2).fork().float(1).float(2).join();
    tensor.tag(4, WireType.Bit32).float(3).tag(4, 2).fork().float(4).join();
    tensor.tag(1, 2).fork().int64(2).int64(2).join();
    for (const value of [7, -7]) tensor.tag(7, 0).int64(value);
    const graph = new BinaryWriter().tag(5, 2).bytes(tensor.finish()).finish();
    const [t] = decodeModel(new BinaryWriter().tag(7, 2).bytes(graph).finish()).graph.initializer;
    expect(t).toMatchObject({
      dims: [2, 2],
      floatData: Float32Array.of(1, 2, 3, 4),
      int64Data: BigInt64Array.of(7n, -7n),
    });
  });
});

describe('encodeModel', () => {
  it('refuses what a protocol buffer cannot hold before it copies anything, and points to the way out', () => {
    const rawData = new Uint8Array(512 * 2 ** 20);
    const part = (name: string) => ({ name, dataType: 2, dims: [rawData.length], rawData });
    const model = { ...emptyModel, graph: { ...emptyGraph, initializer: ['a', 'b', 'c', 'd'].map(part) } };
    expect(() => encodeModel(model)).toThrow(OnnxFormatError);
    expect(() => encodeModel(model)).toThrow(/2\.00 GiB.*side file.*external: true/);
  });

  it('names the place of a number that does not fit its field', () => {
    const model = withAttribute({ name: 'a', type: 'floats', value: [1, 1e39] });
    expect(() => encodeModel(model)).toThrow(OnnxFormatError);
    expect(() => encodeModel(model)).toThrow(/graph\.node\[0\]\.attribute\[0\]\.value\[1\]: invalid float32: 1e\+39/);
    expect(() => encodeModel({ ...emptyModel, irVersion: 1.5 })).toThrow(/ir_version: .*1\.5/);
    expect(() => encodeModel({ ...emptyModel, modelVersion: 2n ** 63n })).toThrow(/model_version: /);
  });

  it('does not copy weights that are given to a file in pieces', () => {
    const rawData = new Uint8Array(100_000);
    const tensor = { name: 'w', dataType: 2, dims: [rawData.length], rawData };
    const { pieces, length } = encodePieces({ ...emptyModel, graph: { ...emptyGraph, initializer: [tensor] } });
    expect(pieces).toContain(rawData);
    expect(pieces.reduce((sum, p) => sum + p.length, 0)).toBe(length);
  });

  it.each<Attribute>([
    { name: 'a', type: 'float', value: 0 },
    { name: 'a', type: 'int', value: 0n },
    { name: 'a', type: 'int', value: -(2n ** 63n) },
    { name: 'a', type: 'string', value: new Uint8Array(0) },
    { name: 'a', type: 'ints', value: [] },
    { name: 'a', type: 'typeProto', value: { kind: 'tensor', elemType: 1, shape: [] } },
    { name: 'a', type: 'typeProto', value: { kind: 'tensor', elemType: 1 } },
    { name: 'a', type: 'reference', of: 'floats', refAttrName: 'outer' },
  ])('keeps $type values that look like nothing', (attribute) => {
    const again = decodeModel(encodeModel(withAttribute(attribute))).graph.node[0]?.attribute[0];
    expect(plain(again)).toEqual(plain(attribute));
  });
});
