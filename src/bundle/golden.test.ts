import { describe, expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { compareOutputs, patterns, toleranceFor } from './golden.ts';

describe('compareOutputs', () => {
  const a = f32([2, 3], [1, 2, 3, 4, 5, 6]);

  it('finds the largest difference and its image', () => {
    expect(compareOutputs(a, a)).toEqual({ worst: 0, image: 0 });
    expect(compareOutputs(a, f32([2, 3], [1, 2.5, 3, 4, 3, 6]))).toEqual({ worst: 2, image: 1 });
  });

  it('takes what is not a number, and other shapes, for infinitely far', () => {
    const infinite = { worst: Number.POSITIVE_INFINITY };
    expect(compareOutputs(a, f32([2, 3], [1, 2, 3, Number.NaN, 5, 6]))).toMatchObject({ ...infinite, image: 1 });
    expect(compareOutputs(a, f32([3, 2], [1, 2, 3, 4, 5, 6]))).toMatchObject(infinite);
    expect(compareOutputs(f32([1], [Number.NaN]), f32([1], [Number.NaN]))).toMatchObject(infinite);
  });
});

it('the tolerance grows with the outputs', () => {
  expect(toleranceFor({ y: f32([2], [0.1, -0.2]) })).toBe(1e-4);
  expect(toleranceFor({ y: f32([2], [3, -50]) })).toBeCloseTo(5e-3, 12);
});

it('patterns are pictures that differ and repeat', () => {
  const [a, b] = patterns(2, [20, 30]);
  expect([a!.width, a!.height]).toEqual([30, 20]);
  expect(a!.data).not.toEqual(b!.data);
  expect(patterns(1, [20, 30])[0]).toEqual(a);
  expect(Math.max(...a!.data) - Math.min(...a!.data)).toBeGreaterThan(40);
});
