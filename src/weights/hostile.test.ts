import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../base/tensor.ts';
import { SafetensorsError } from './errors.ts';
import { duplicateKey } from './json-keys.ts';
import { encodeSafetensors, parseSafetensors } from './safetensors.ts';

const all = new Uint8Array(readFileSync(new URL('fixtures/all.safetensors', import.meta.url)));

/** A file with this header and so much data. */
function file(header: unknown, dataBytes = 0, headerLength?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

function refusal(bytes: Uint8Array): string {
  try {
    parseSafetensors(bytes);
  } catch (error) {
    if (error instanceof SafetensorsError) return error.message;
    throw error;
  }
  return '';
}

const f32 = (shape: unknown, begin: number, end: number) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

describe('parseSafetensors refuses', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /0 bytes, less than the 8/],
    ['less than a length', new Uint8Array(7), /7 bytes, less than the 8/],
    ['a header longer than the file', file('{}', 0, 3n), /says it has 3 bytes where 2 are left/],
    ['a header longer than any reader takes', file('{}', 0, 100_000_001n), /limit is 100000000/],
    ['a header of 2^64-1 bytes', file('{}', 0, 2n ** 64n - 1n), /limit is 100000000/],
    ['an empty header', file(''), /does not begin with '\{'/],
    ['a list', file('[]'), /does not begin with '\{'/],
    ['something before the header', file(' {}'), /does not begin with '\{'/],
    ['half a header', file('{"a":'), /not JSON/],
    ['NaN', file('{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}', 4), /not JSON/],
    ['bytes that are not UTF-8', Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d), /not JSON/],
    ['a tensor that is no object', file({ a: 1 }), /'a' is not described by an object/],
    ['metadata that is no object', file({ __metadata__: [] }), /__metadata__ is not an object/],
    ['metadata that is no text', file({ __metadata__: { k: 1 } }), /not a string at 'k'/],
    ['no type', file({ a: { shape: [], data_offsets: [0, 4] } }, 4), /'a' has the type none/],
    [
      'a type it has no array for',
      file({ a: { ...f32([1], 0, 1), dtype: 'F8_E4M3' } }, 1),
      /'a' has the type "F8_E4M3"; .*F32/,
    ],
    ['a type by another name', file({ a: { ...f32([1], 0, 4), dtype: 'float32' } }, 4), /"float32"/],
    ['no shape', file({ a: { dtype: 'F32', data_offsets: [0, 4] } }, 4), /shape none/],
    ['a negative size', file({ a: f32([-1, -1], 0, 4) }, 4), /'a' has the shape \[-1,-1\]/],
    ['a fractional size', file({ a: f32([0.5, 2], 0, 4) }, 4), /shape \[0\.5,2\]/],
    ['a size that is text', file({ a: f32(['1'], 0, 4) }, 4), /shape \["1"\]/],
    [
      'a size that is infinite',
      file('{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}}', 4),
      /shape \[null\]/,
    ],
    ['a size that is no number', file({ a: f32([null], 0, 4) }, 4), /'a' has the shape \[…\]/],
    ['offsets that are no numbers', file({ a: f32([1], Number.NaN, 4) }, 4), /data_offsets \[…,4\]/],
    ['a fractional offset', file({ a: f32([1], 0.5, 4.5) }, 5), /data_offsets \[0\.5,4\.5\]/],
    ['an offset beyond all integers', file({ a: f32([1], 2 ** 53, 2 ** 53 + 4) }, 4), /data_offsets/],
    ['a huge size', file({ a: f32([2 ** 60], 0, 4) }, 4), /shape/],
    ['sizes whose product is huge', file({ a: f32([2 ** 32, 2 ** 32], 0, 0) }, 0), /shape/],
    ['a size far beyond the data', file({ a: f32([2 ** 40], 0, 4) }, 4), /takes 4398046511104 bytes but has 4/],
    ['a shape that does not fit', file({ a: f32([2], 0, 4) }, 4), /'a' of F32 and shape \[2\] takes 8 bytes but has 4/],
    ['no offsets', file({ a: { dtype: 'F32', shape: [1] } }, 4), /data_offsets none/],
    ['three offsets', file({ a: { ...f32([1], 0, 4), data_offsets: [0, 4, 8] } }, 4), /data_offsets \[0,4,8\]/],
    ['offsets backwards', file({ a: f32([1], 4, 0) }, 4), /data_offsets \[4,0\]/],
    ['negative offsets', file({ a: f32([1], -4, 0) }, 4), /data_offsets \[-4,0\]/],
    ['a tensor beyond the file', file({ a: f32([1], 0, 4), b: f32([1], 4, 8) }, 4), /'b' ends at byte 8 of 4/],
    ['overlapping tensors', file({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12), /'b' begins at byte 4, inside/],
    ['the same bytes twice', file({ a: f32([1], 0, 4), b: f32([1], 0, 4) }, 4), /'b' begins at byte 0, inside/],
    ['a gap', file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), /'b' begins at byte 8, which leaves 4 bytes/],
    ['bytes before the first', file({ a: f32([1], 4, 8) }, 8), /'a' begins at byte 4/],
    ['bytes after the last', file({ a: f32([1], 0, 4) }, 5), /last 1 bytes belong to no tensor/],
    [
      'a tensor twice',
      file(
        '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      ),
      /'a' twice/,
    ],
    [
      'a tensor twice, spelt differently',
      file(
        '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      ),
      /'a' twice/,
    ],
    ['a shape twice', file('{"a":{"dtype":"F32","shape":[1],"shape":[0],"data_offsets":[0,0]}}'), /'shape' twice/],
    ['a header of brackets only', file(`{"a":${'['.repeat(1_000_000)}`), /not JSON/],
    [
      'nesting without end',
      file(`{"a":{"dtype":"F32","shape":${'['.repeat(200_000)}${']'.repeat(200_000)},"data_offsets":[0,0]}}`),
      /shape|JSON/,
    ],
  ])('%s', (_, bytes, message) => {
    expect(refusal(bytes)).toMatch(message);
  });

  it('only that: tensors without elements may stand anywhere between the others', () => {
    const header = {
      a: f32([0], 4, 4),
      b: f32([1], 0, 4),
      c: f32([0, 2 ** 50], 0, 0),
      d: f32([1], 4, 8),
      e: f32([0], 8, 8),
    };
    expect(parseSafetensors(file(header, 8)).tensors.size).toBe(5);
  });

  it('or reads, in no time: every truncation and thousands of damaged files', () => {
    for (let length = 0; length < all.length; length++) expect(refusal(all.subarray(0, length))).not.toBe('');
    let readable = 0;
    const at = fc.oneof({ weight: 3, arbitrary: fc.nat(2000) }, { weight: 1, arbitrary: fc.nat(20) });
    const edit = fc.record({
      at,
      cut: fc.nat(3),
      put: fc.oneof(
        fc.uint8Array({ maxLength: 3 }),
        fc.constantFrom('9', '[', '"', '-', ',', 'e9').map((c) => new TextEncoder().encode(c)),
      ),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), fc.boolean(), (edits, inPlace) => {
        let bytes = all.slice();
        for (const e of edits) {
          const place = e.at % bytes.length;
          if (inPlace) bytes.set(e.put.subarray(0, bytes.length - place), place);
          else bytes = Uint8Array.from([...bytes.subarray(0, place), ...e.put, ...bytes.subarray(place + e.cut)]);
        }
        const start = performance.now();
        if (refusal(bytes) === '') {
          readable++;
          const { tensors, metadata } = parseSafetensors(bytes);
          for (const t of tensors.values()) {
            expect(t.data.length * bytesOf(t.dtype)).toBe(t.data.byteLength);
            expect(t.data.length).toBe(t.shape.reduce((a, b) => a * b, 1));
          }
          expect(parseSafetensors(encodeSafetensors(tensors, metadata)).tensors).toEqual(new Map(tensors));
        }
        expect(performance.now() - start).toBeLessThan(2000);
      }),
      { seed: 5, numRuns: 5000 },
    );
    expect(readable).toBeGreaterThan(100);
    expect(readable).toBeLessThan(4900);
  });
});

describe('duplicateKey', () => {
  it('finds nothing in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.nat(2),
        (value, indent) => duplicateKey(JSON.stringify(value, null, indent)) === undefined,
      ),
      {
        seed: 6,
        numRuns: 1000,
      },
    );
  });

  it('finds the key that was added to an object at any depth', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), fc.jsonValue(), (key, x, y) => {
        const k = JSON.stringify(key);
        const json = `[{"outer":{ ${k} : ${JSON.stringify(x)}, ${k}: ${JSON.stringify(y)}}}]`;
        return duplicateKey(json) === key;
      }),
      { seed: 7, numRuns: 1000 },
    );
  });
});
