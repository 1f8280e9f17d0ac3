import { expect, it } from 'vitest';
import { f32, type Tensor } from '../../src/base/tensor.ts';
import { SharedWeights } from './shared.ts';

const filled = (shape: readonly number[], value: number) =>
  f32(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value));
const weights = (of: Record<string, Tensor<'float32'>>) => new Map(Object.entries(of));
const numbers = (taken: ReadonlyMap<string, Tensor>, name: string) => Array.from(taken.get(name)!.data as Float32Array);

it('a design takes the first channels of what wider ones have learned, and keeps its own values where nobody was', () => {
  const shared = new SharedWeights();
  shared.put(weights({ 'a.weight': filled([2, 1], 5) }));
  shared.put(weights({ 'a.weight': filled([1, 2], 7) }));
  const taken = shared.taken(weights({ 'a.weight': filled([2, 2], 1), 'b.weight': filled([1], 2) }));
  // The second overwrote what both have; nobody has learned the last corner.
  expect(numbers(taken, 'a.weight')).toEqual([7, 7, 5, 1]);
  expect(numbers(taken, 'b.weight')).toEqual([2]);
});

it('queries, keys and values are three parts, each with its channels', () => {
  const shared = new SharedWeights();
  const wide = f32([6], Float32Array.of(1, 2, 3, 4, 5, 6));
  shared.put(weights({ 'attn.qkv.bias': wide }));
  expect(numbers(shared.taken(weights({ 'attn.qkv.bias': filled([3], 0) })), 'attn.qkv.bias')).toEqual([1, 3, 5]);
});
