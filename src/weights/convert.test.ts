import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bfloat16ToFloat, f32, halfToFloat, tensor } from '../base/tensor.ts';
import { bfloat16ToFloat32, float16ToFloat32, toFloat32 } from './convert.ts';
import { parseSafetensors } from './safetensors.ts';

const every = Uint16Array.from({ length: 65_536 }, (_, i) => i);

describe('float16ToFloat32', () => {
  it('gives for every half-precision number the bits that PyTorch gives (quiet NaN apart)', () => {
    const { tensors } = parseSafetensors(readFileSync(new URL('fixtures/half.safetensors', import.meta.url)));
    const theirs = tensors.get('f16')?.data;
    const ours = new Int32Array(float16ToFloat32(every).buffer);
    // PyTorch's processor sets the quiet bit of signalling NaN on the way.
    const quiet = (bits: number, half: number) => ((half & 0x7fff) > 0x7c00 ? bits | 0x400000 : bits);
    if (!(theirs instanceof Int32Array)) throw new Error('the fixture holds int32');
    expect(ours.map(quiet)).toEqual(theirs.map(quiet));
  });

  it('agrees with the conversion of single numbers', () => {
    expect(float16ToFloat32(every)).toEqual(Float32Array.from(every, halfToFloat));
  });
});

describe('bfloat16ToFloat32', () => {
  it('agrees with the conversion of single numbers', () => {
    expect(bfloat16ToFloat32(every)).toEqual(Float32Array.from(every, bfloat16ToFloat));
  });
});

describe('toFloat32', () => {
  it('gives the values of every type', () => {
    const half = tensor('float16', [2], Uint16Array.of(0x3c00, 0xc000));
    expect(toFloat32(half)).toEqual(f32([2], [1, -2]));
    expect(toFloat32(tensor('bfloat16', [1, 2], Uint16Array.of(0x3f80, 0xc000)))).toEqual(f32([1, 2], [1, -2]));
    expect(toFloat32(tensor('float64', [1], Float64Array.of(0.1)))).toEqual(f32([1], [0.1]));
    expect(toFloat32(tensor('int64', [2], BigInt64Array.of(-3n, 2n ** 53n + 1n)))).toEqual(f32([2], [-3, 2 ** 53]));
    expect(toFloat32(tensor('uint64', [1], BigUint64Array.of(2n ** 64n - 1n)))).toEqual(f32([1], [2 ** 64]));
    expect(toFloat32(tensor('uint16', [1], Uint16Array.of(65_535)))).toEqual(f32([1], [65_535]));
    expect(toFloat32(tensor('bool', [2], Uint8Array.of(1, 0)))).toEqual(f32([2], [1, 0]));
  });

  it('gives a float32 tensor back with the same memory', () => {
    const t = f32([2], [1, 2]);
    expect(toFloat32(t).data).toBe(t.data);
  });
});
