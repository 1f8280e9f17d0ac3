import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixture, plain } from '../testing/fixtures.ts';
import { OnnxFormatError } from './errors.ts';
import { mapTensors } from './map-tensors.ts';
import { decodeModel, encodeModel } from './model.ts';
import { tensorFromProto } from './tensor.ts';

const names = ['everything', 'typed', 'control-flow', 'functions', 'external', 'unsupported'];
const files = names.map((name) => new Uint8Array(fixture(`${name}.onnx`)));

/** The error a broken file ends in, or undefined when it can be read; anything but an OnnxFormatError fails the test. */
function errorOf(read: () => unknown): OnnxFormatError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof OnnxFormatError) return error;
    throw error;
  }
}

/** Reads `file` and all its tensors: each step ends well or in an OnnxFormatError, soon; what is read survives a round trip. */
function survives(file: Uint8Array): boolean {
  const start = performance.now();
  let read = false;
  const error = errorOf(() => {
    const model = decodeModel(file);
    read = true;
    mapTensors(model, (proto) => {
      errorOf(() => tensorFromProto(proto));
      return proto;
    });
    expect(plain(decodeModel(encodeModel(model)))).toEqual(plain(model));
  });
  expect(performance.now() - start).toBeLessThan(2000);
  expect(error !== undefined).toBe(!read);
  return read;
}

interface Edit {
  readonly at: number;
  readonly cut: number;
  readonly put: Uint8Array;
}

/** Numbers that break length arithmetic: 2^28, 2^31, 2^32-1, 2^63, -1, more than ten bytes. */
const nasty = [
  [0x80, 0x80, 0x80, 0x80, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x08],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  Array.from({ length: 12 }, () => 0xff),
].map((bytes) => Uint8Array.from(bytes));

const put = fc.oneof(fc.uint8Array({ maxLength: 6 }), fc.constantFrom(...nasty));
const edit: fc.Arbitrary<Edit> = fc.record({ at: fc.nat(3000), cut: fc.nat(4), put });

function edited(file: Uint8Array, edits: readonly Edit[]): Uint8Array {
  let bytes = file;
  for (const e of edits) {
    const at = e.at % (bytes.length + 1);
    bytes = Uint8Array.from([...bytes.subarray(0, at), ...e.put, ...bytes.subarray(at + e.cut)]);
  }
  return bytes;
}

/** Byte for byte replaced: lengths around the place stay right, so damage reaches deep into the message. */
function overwritten(file: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const bytes = file.slice();
  for (const e of edits) bytes.set(e.put.subarray(0, bytes.length - (e.at % bytes.length)), e.at % bytes.length);
  return bytes;
}

describe('broken files', () => {
  it('are read or refused: every truncation of every fixture', () => {
    for (const file of files) {
      let readable = 0;
      for (let length = 0; length < file.length; length++) if (survives(file.subarray(0, length))) readable++;
      // Only a cut between two fields of the model itself, after the graph, leaves a whole model.
      expect(readable).toBeLessThan(8);
    }
  });

  it('are read or refused: thousands with bytes changed in place', () => {
    const run = { seed: 1, numRuns: 3000 };
    let readable = 0;
    const edits = fc.array(edit, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...files), edits, (file, changes) => {
        if (survives(overwritten(file, changes))) readable++;
      }),
      run,
    );
    // Both ways out are really tested.
    expect(readable).toBeGreaterThan(100);
    expect(readable).toBeLessThan(2900);
  });

  it('are read or refused: thousands with bytes cut out and put in', () => {
    const edits = fc.array(edit, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...files), edits, (file, changes) => void survives(edited(file, changes))),
      { seed: 2, numRuns: 2000 },
    );
  });

  it('are read or refused: thousands of well-formed protocol buffers with fields where they do not belong', () => {
    type Field = { number: number; value: bigint | Uint8Array | 'fixed32' | 'fixed64' };
    const write = (fields: readonly Field[]) => {
      const w = new BinaryWriter();
      for (const { number, value } of fields) {
        if (typeof value === 'bigint') w.tag(number, WireType.Varint).int64(value);
        else if (value === 'fixed32') w.tag(number, WireType.Bit32).fixed32(0x7fc00001);
        else if (value === 'fixed64') w.tag(number, WireType.Bit64).fixed64(2n ** 63n);
        else w.tag(number, WireType.LengthDelimited).bytes(value);
      }
      return w.finish();
    };
    const { body } = fc.letrec<{ body: Uint8Array; field: Field }>((tie) => ({
      body: fc.oneof(
        { maxDepth: 6 },
        fc.uint8Array({ maxLength: 4 }),
        fc.array(tie('field'), { maxLength: 6 }).map(write),
      ),
      field: fc.record({
        number: fc.nat(25).map((n) => n + 1),
        value: fc.oneof(
          { weight: 4, arbitrary: tie('body') },
          { weight: 2, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
          { weight: 2, arbitrary: fc.bigInt({ min: 0n, max: 20n }) },
          { weight: 1, arbitrary: fc.constantFrom('fixed32' as const, 'fixed64' as const) },
        ),
      }),
    }));
    const inGraph = (bytes: Uint8Array) => new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(bytes).finish();
    fc.assert(
      fc.property(body, (bytes) => {
        survives(bytes);
        survives(inGraph(bytes));
      }),
      { seed: 3, numRuns: 3000 },
    );
  });
});

describe('an error', () => {
  it('names the place in the file', () => {
    const attribute = new BinaryWriter().tag(1, 2).string('k').tag(20, 0).int32(99).finish();
    const good = new BinaryWriter().tag(4, 2).string('Relu').finish();
    const bad = new BinaryWriter().tag(4, 2).string('Relu').tag(5, 2).bytes(attribute).finish();
    const graph = new BinaryWriter().tag(1, 2).bytes(good).tag(1, 2).bytes(bad).finish();
    const file = new BinaryWriter().tag(7, 2).bytes(graph).finish();
    expect(() => decodeModel(file)).toThrow("graph.node[1].attribute[0] ('k') has type 99");
    const lost = file.slice(0, -1);
    expect(() => decodeModel(lost)).toThrow(/: graph says \d+ bytes where \d+ are left/);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing at all', new Uint8Array(0), /no graph/],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), /no ONNX file: it is a PNG picture/],
    [
      'a wrong wire type',
      new BinaryWriter().tag(7, WireType.Varint).uint32(1).finish(),
      /graph has wire type 0 where 2/,
    ],
    ['two graphs', Uint8Array.of(0x3a, 0, 0x3a, 0), /graph is there twice/],
    ['an endless number', Uint8Array.of(0x08, ...Array.from({ length: 40 }, () => 0xff)), /ir_version/],
    [
      'a length beyond the file',
      Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f),
      /4294967295 bytes where 0 are left/,
    ],
    ['a name that is not UTF-8', Uint8Array.of(0x3a, 4, 0x12, 2, 0xc3, 0x28), /graph\.name/],
    [
      'a size beyond 2^53',
      new BinaryWriter()
        .tag(1, 0)
        .int64(2n ** 60n)
        .finish(),
      /ir_version is 1152921504606846976/,
    ],
  ])('says what is wrong with %s', (_, bytes, message) => {
    expect(errorOf(() => decodeModel(bytes))?.message).toMatch(message);
  });
});

describe('limits', () => {
  /** graph → node → attribute → graph → … */
  function nested(levels: number): Uint8Array {
    const wrap = (number: number, inner: Uint8Array) => new BinaryWriter().tag(number, 2).bytes(inner).finish();
    let graph = new Uint8Array(0);
    for (let i = 0; i < levels; i++) graph = wrap(1, wrap(5, wrap(6, graph)));
    return wrap(7, graph);
  }

  it('stop subgraphs in subgraphs', () => {
    const { attribute } = decodeModel(nested(30)).graph.node[0] ?? {};
    expect(attribute?.[0]?.type).toBe('graph');
    expect(errorOf(() => decodeModel(nested(40)))?.message).toMatch(/deeper than 100 messages/);
    expect(errorOf(() => decodeModel(nested(3000)))?.message).toMatch(/deeper than 100 messages/);
    expect(errorOf(() => decodeModel(nested(3), { maxDepth: 5 }))?.message).toMatch(/deeper than 5/);
  });

  it('stop types in types and groups in groups', () => {
    let type = new Uint8Array(0);
    for (let i = 0; i < 5000; i++) {
      const sequence = new BinaryWriter().tag(1, 2).bytes(type).finish();
      type = new BinaryWriter().tag(4, 2).bytes(sequence).finish();
    }
    const value = new BinaryWriter().tag(2, 2).bytes(type).finish();
    const graph = new BinaryWriter().tag(11, 2).bytes(value).finish();
    const file = new BinaryWriter().tag(7, 2).bytes(graph).finish();
    expect(errorOf(() => decodeModel(file))?.message).toMatch(/deeper than 100 messages/);
    const groups = new Uint8Array(1_000_000).fill((30 << 3) | WireType.StartGroup);
    expect(errorOf(() => decodeModel(groups))?.message).toMatch(/recursion|tag|cannot be read/);
  });

  it('stop a small file that unfolds into millions of messages or strings', () => {
    const start = performance.now();
    const inGraph = (bytes: Uint8Array) => new BinaryWriter().tag(7, 2).bytes(bytes).finish();
    const nodes = new Uint8Array(6_000_000);
    for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a;
    expect(errorOf(() => decodeModel(inGraph(nodes)))?.message).toMatch(/limit of 2000000 messages/);
    const node = new BinaryWriter().tag(1, 2).bytes(nodes).finish();
    expect(errorOf(() => decodeModel(inGraph(node), { maxItems: 1000 }))?.message).toMatch(
      /limit of 1000 list elements/,
    );
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  it('stop a file that is too long', () => {
    expect(errorOf(() => decodeModel(new Uint8Array(100), { maxBytes: 99 }))?.message).toMatch(
      /100 bytes; the limit is 99/,
    );
  });

  it('keep lists that come one number at a time linear', () => {
    const tensor = new Uint8Array(5 * 200_000);
    for (let i = 0; i < tensor.length; i += 5) tensor[i] = (4 << 3) | WireType.Bit32;
    const graph = new BinaryWriter().tag(5, 2).bytes(tensor).finish();
    const file = new BinaryWriter().tag(7, 2).bytes(graph).finish();
    const start = performance.now();
    expect(decodeModel(file).graph.initializer[0]?.floatData).toHaveLength(200_000);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
