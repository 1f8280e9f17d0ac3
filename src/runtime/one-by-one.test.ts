import { describe, expect, it } from 'vitest';
import { f32, type Tensor } from '../base/tensor.ts';
import { type Declared, oneByOne } from './one-by-one.ts';
import type { Program, Tensors } from './runtime.ts';

/** Sums a picture, and lists as many of its numbers as are above 0. */
function sums(seen: number[][]): Program {
  return {
    inputs: ['x'],
    outputs: ['sum', 'list'],
    async run({ x }) {
      const numbers = [...(x!.data as Float32Array)];
      seen.push([...x!.shape]);
      const list = numbers.filter((v) => v > 0);
      return { sum: f32([1, 1], [numbers.reduce((a, b) => a + b, 0)]), list: f32([1, list.length], list) };
    },
    async close() {},
  };
}
const one: Declared[] = [{ name: 'x', shape: [1, 'h'] }];
const numbers = (t: Tensor | undefined) => [...(t!.data as Float32Array)];

describe('a program for one picture', () => {
  it('runs a batch picture by picture', async () => {
    const seen: number[][] = [];
    const program = oneByOne(sums(seen), one);
    const out: Tensors = await program.run({ x: f32([3, 2], [1, 2, 3, 4, 5, 6]) });
    expect(seen).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect(out.sum!.shape).toEqual([3, 1]);
    expect(numbers(out.sum)).toEqual([3, 7, 11]);
    expect(numbers(out.list)).toEqual([1, 2, 3, 4, 5, 6]);
    const given = f32([3, 1]);
    const again = await program.run({ x: f32([3, 2], [1, 2, 3, 4, 5, 6]) }, { sum: given });
    expect(again.sum).toBe(given);
    expect(numbers(given)).toEqual([3, 7, 11]);
  });

  it('says which output cannot be put together', async () => {
    const program = oneByOne(sums([]), one);
    await expect(program.run({ x: f32([2, 2], [1, 2, 3, -4]) })).rejects.toThrow(
      /one picture at a time, and 'list' is \[1,2\], \[1,1\] of them/,
    );
  });

  it('is run as it is for one picture, and where it takes batches', async () => {
    const seen: number[][] = [];
    await oneByOne(sums(seen), one).run({ x: f32([1, 2], [1, 2]) });
    await oneByOne(sums(seen), [{ name: 'x', shape: ['N', 2] }]).run({ x: f32([2, 2], [1, 2, 3, 4]) });
    expect(seen).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });
});
