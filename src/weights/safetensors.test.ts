import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bytesIn } from '../base/bytes.ts';
import { f32, type Tensor, tensor, toNumbers } from '../base/tensor.ts';
import { SafetensorsError } from './errors.ts';
import { encodeSafetensors, parseSafetensors, safetensorsPieces } from './safetensors.ts';

const read = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const all = read('all.safetensors');

/** Values as Python prints them; integers in full. */
function printed(t: Tensor): string[] {
  if (t.data instanceof BigInt64Array || t.data instanceof BigUint64Array) return Array.from(t.data, String);
  return toNumbers(t).map((x) => (Object.is(x, -0) ? '0' : String(x)));
}

describe('a file by the Python package', () => {
  it('is read: every type, shape and value', () => {
    const expected: Record<string, [number[], string[]]> = JSON.parse(read('all.json').toString());
    const { tensors, metadata } = parseSafetensors(all);
    expect(metadata).toEqual({ format: 'pt' });
    expect([...tensors.keys()].sort()).toEqual(Object.keys(expected).sort());
    for (const [name, t] of tensors) {
      const [shape, values] = expected[name]!;
      expect(t.shape, name).toEqual(shape);
      // Python writes 6e-08 and True where JavaScript writes 6e-8 and 1: compare numbers, but integers beyond 2^53 as text.
      const number = (x: string) => (/^-?\d{16,}$/.test(x) ? x : Number(x.replace('inf', 'Infinity')) + 0);
      expect(printed(t).map(number), name).toEqual(values.map(number));
    }
    expect(tensors.get('all.BF16')?.dtype).toBe('bfloat16');
  });

  it('is written again byte for byte, whatever the order of the tensors', () => {
    const { tensors, metadata } = parseSafetensors(all);
    expect(Buffer.from(encodeSafetensors(tensors, metadata)).equals(all)).toBe(true);
    expect(Buffer.from(encodeSafetensors([...tensors].reverse(), metadata)).equals(all)).toBe(true);
  });

  it('gives views where the memory is aligned, copies where it is not, and copies on demand', () => {
    const memory = new Uint8Array(all.length + 1);
    for (const shift of [0, 1]) {
      memory.set(all, shift);
      const { tensors } = parseSafetensors(memory.subarray(shift, shift + all.length));
      const shared = [...tensors]
        .filter(([, t]) => t.data.buffer === memory.buffer && t.data.length > 0)
        .map(([n]) => n);
      if (shift === 0) expect(shared).toHaveLength(tensors.size - 1);
      else expect(shared.sort()).toEqual(['all.BOOL', 'all.I8', 'all.U8', 'odd.bool']);
      expect(Buffer.from(encodeSafetensors(tensors, { format: 'pt' })).equals(all)).toBe(true);
      const own = parseSafetensors(memory.subarray(shift, shift + all.length), { copy: true });
      expect([...own.tensors.values()].some((t) => t.data.buffer === memory.buffer)).toBe(false);
    }
  });
});

describe('encodeSafetensors', () => {
  it('writes an empty file that can be read', () => {
    const file = encodeSafetensors([]);
    expect(Buffer.from(file.subarray(8)).toString()).toBe('{}      ');
    expect(parseSafetensors(file)).toEqual({ metadata: {}, tensors: new Map() });
  });

  it('keeps the tensors as they are until they are joined', () => {
    const t = f32([2], [1, 2]);
    const { pieces, length } = safetensorsPieces([['a', t]]);
    expect(pieces[1]?.buffer).toBe(t.data.buffer);
    expect(length).toBe(encodeSafetensors([['a', t]]).length);
  });

  it('writes the part of a buffer that a tensor covers, and no more', () => {
    const t = tensor('float32', [2], new Float32Array([9, 1, 2, 9]).subarray(1, 3));
    expect(parseSafetensors(encodeSafetensors([['a', t]])).tensors.get('a')).toEqual(f32([2], [1, 2]));
  });

  it('refuses names and tensors that no reader would take', () => {
    const t = f32([1], [1]);
    const two: [string, Tensor][] = [
      ['a', t],
      ['a', tensor('int8', [1])],
    ];
    expect(() => encodeSafetensors([['__metadata__', t]])).toThrow(/reserved/);
    expect(() => encodeSafetensors([['\ud800', t]])).toThrow(/Unicode/);
    expect(() => encodeSafetensors(two)).toThrow(/'a'.*two of that name/);
    expect(() => encodeSafetensors([['a', { ...t, shape: [2] }]])).toThrow(SafetensorsError);
  });
});

describe('bytes of a tensor', () => {
  it('are those of its values, little-endian', () => {
    expect([...bytesIn(Uint16Array.of(0x1234))]).toEqual([0x34, 0x12]);
  });
});

it('reads offsets whose product is no safe integer', () => {
  const large = 25 * 2 ** 20;
  const bytes = encodeSafetensors([
    ['a', tensor('float32', [large])],
    ['b', tensor('float32', [2], Float32Array.of(1, 2))],
  ]);
  expect([...parseSafetensors(bytes).tensors.get('b')!.data]).toEqual([1, 2]);
});
