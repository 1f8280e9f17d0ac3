import { describe, expect, it } from 'vitest';
import { bytesIn } from '../../base/bytes.ts';
import { f32, i64 } from '../../base/tensor.ts';
import { fixture, plain } from '../testing/fixtures.ts';
import { OnnxFormatError } from './errors.ts';
import { checkLocation, externalRange, type ReadExternal } from './external.ts';
import { externalize, internalize } from './externalize.ts';
import type { Graph, Model, StringStringEntry, TensorProto } from './messages.ts';
import { decodeModel } from './model.ts';
import { tensorFromProto, tensorToProto } from './tensor.ts';

/** A side file in memory, read as the caller of the core would. */
function memory(pieces: readonly Uint8Array[]): ReadExternal {
  const file = Buffer.concat(pieces);
  return (_, offset, length) => Uint8Array.from(file.subarray(offset, offset + length));
}

const external = (...entries: [string, string][]): TensorProto => {
  const externalData: StringStringEntry[] = entries.map(([key, value]) => ({ key, value }));
  return { name: 'w', dataType: 1, dims: [2], dataLocation: 1, externalData };
};

describe('checkLocation', () => {
  it.each(['a.bin', 'model.onnx.data', 'weights/part 1/größe.bin', './a.bin', '..a/b..c'])('takes %j', (location) => {
    expect(() => checkLocation(location)).not.toThrow();
  });

  it.each([
    ...['', '/etc/passwd', '../a', 'a/../../b', 'a/..', '..', '//server/share', 'a//b', 'a/'],
    ...['C:a', 'c:/windows', 'file:///etc/passwd', 'a:stream', '..\\a', '\\\\server\\share', 'a\\b'],
    ...['a\0b', 'a\nb', 'nul', 'NUL.bin', 'x/COM1', 'lpt1.txt', 'con .a', 'a.', 'a /b', 'x'.repeat(5000)],
  ])('refuses %j', (location) => {
    expect(() => checkLocation(location)).toThrow(OnnxFormatError);
  });
});

describe('externalRange', () => {
  it('reads place, offset and length; the last two may be missing', () => {
    expect(externalRange(external(['location', 'a'], ['offset', '4096'], ['length', '8'], ['checksum', 'x']))).toEqual({
      location: 'a',
      offset: 4096,
      length: 8,
    });
    expect(externalRange(external(['location', 'a']))).toEqual({ location: 'a', offset: 0, length: undefined });
  });

  it.each<[RegExp, [string, string][]]>([
    [/no location/, [['offset', '0']]],
    [/points to '\.\.\/a'/, [['location', '../a']]],
    [
      /offset '-1'/,
      [
        ['location', 'a'],
        ['offset', '-1'],
      ],
    ],
    [
      /offset '1e3'/,
      [
        ['location', 'a'],
        ['offset', '1e3'],
      ],
    ],
    [
      /length '99999999999999999999'/,
      [
        ['location', 'a'],
        ['length', '99999999999999999999'],
      ],
    ],
    [
      /'length' twice/,
      [
        ['location', 'a'],
        ['length', '8'],
        ['length', '9'],
      ],
    ],
  ])('refuses entries: %s', (message, entries) => {
    expect(() => externalRange(external(...entries))).toThrow(OnnxFormatError);
    expect(() => externalRange(external(...entries))).toThrow(message);
  });
});

describe('tensorFromProto with values in a side file', () => {
  it('asks for the bytes of the tensor and makes them its values', () => {
    const calls: unknown[] = [];
    const readExternal: ReadExternal = (...call) => {
      calls.push(call);
      return bytesIn(Float32Array.of(1, 2));
    };
    expect(tensorFromProto(external(['location', 'a'], ['offset', '64']), { readExternal })).toEqual(f32([2], [1, 2]));
    expect(calls).toEqual([['a', 64, 8]]);
  });

  it('refuses a length that is not that of the tensor, said or given', () => {
    const readExternal = () => new Uint8Array(7);
    expect(() => tensorFromProto(external(['location', 'a'], ['length', '7']), { readExternal })).toThrow(
      /7 bytes.*ask for 8/,
    );
    expect(() => tensorFromProto(external(['location', 'a']), { readExternal })).toThrow(/got 7 bytes.*ask for 8/);
  });
});

describe('externalize', () => {
  const weight = (name: string, n: number) =>
    tensorToProto(
      name,
      f32(
        [n],
        Float32Array.from({ length: n }, (_, i) => i),
      ),
    );
  const graph = (initializer: TensorProto[], inner?: Graph): Graph => ({
    name: 'g',
    node: inner
      ? [{ opType: 'If', input: [], output: [], attribute: [{ name: 'then_branch', type: 'graph', value: inner }] }]
      : [],
    initializer,
    input: [],
    output: [],
  });
  const typed: TensorProto = { name: 'typed', dataType: 1, dims: [300], floatData: new Float32Array(300).fill(2) };
  const model: Model = {
    irVersion: 10,
    opsetImport: [],
    graph: graph(
      [weight('a', 300), weight('big', 20_000), tensorToProto('shape', i64([2], [1, 2])), typed],
      graph([weight('sub', 512)]),
    ),
  };

  it('moves what is large, at aligned places, and internalize brings it back', () => {
    const out = externalize(model, 'w.data');
    const ranges = out.model.graph.initializer.map((t) => (t.dataLocation ? externalRange(t) : t.name));
    expect(ranges).toEqual([
      { location: 'w.data', offset: 0, length: 1200 },
      { location: 'w.data', offset: 4096, length: 80_000 },
      'shape',
      { location: 'w.data', offset: 84_096, length: 1200 },
    ]);
    expect(out.pieces.reduce((sum, p) => sum + p.length, 0)).toBe(out.length);
    const back = internalize(out.model, memory(out.pieces));
    const values = (m: Model) => m.graph.initializer.map((t) => tensorFromProto(t));
    expect(values(back)).toEqual(values(model));
    expect(plain(back.graph.node)).toEqual(plain(model.graph.node));
  });

  it('leaves everything inside when nothing reaches the threshold', () => {
    const out = externalize(model, 'w.data', 1_000_000);
    expect(out.length).toBe(0);
    expect(plain(out.model)).toEqual(plain(model));
  });

  it('brings in what the Python package wrote', () => {
    const [inside, outside] = ['convnet', 'external'].map((name) => decodeModel(fixture(`${name}.onnx`)));
    if (!inside || !outside) throw new Error('no fixtures');
    const back = internalize(outside, memory([fixture('external.onnx.data')]));
    expect(back.graph.initializer.map((t) => tensorFromProto(t))).toEqual(
      inside.graph.initializer.map((t) => tensorFromProto(t)),
    );
  });
});
