import { expect, it } from 'vitest';
import { softmax } from './softmax.ts';

it('gives the shares of a row in a matrix, the first of equals first', () => {
  const rows = Float32Array.of(9, 9, 9, 1, 2, 2);
  const row = softmax(rows, 3, 3);
  expect(row.best).toBe(1);
  const e = [1, 2, 2].map(Math.exp);
  const sum = e[0]! + e[1]! + e[2]!;
  for (const c of [0, 1, 2]) {
    expect(row.probability(c)).toBeCloseTo(e[c]! / sum, 14);
    expect(row.loss(c)).toBeCloseTo(-Math.log(e[c]! / sum), 14);
  }
});

it('neither overflows nor loses the loss of what is impossible', () => {
  const row = softmax([3e38, -3e38, 0]);
  expect([0, 1, 2].map(row.probability)).toEqual([1, 0, 0]);
  expect(row.loss(2)).toBe(3e38);
});
