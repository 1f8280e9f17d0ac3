import { expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { ridge } from './ridge.ts';

const rng = random(1, 'ridge');
const truth = [2, -1, 0.5];
const rows = Array.from({ length: 200 }, () => truth.map(() => rng.normal()));
const dot = (u: readonly number[]) => u.reduce((s, x, i) => s + x * truth[i]!, 0);

it('finds the coefficients, and knows how sure it is', () => {
  const noisy = rows.map((row) => 3 + dot(row) + 0.1 * rng.normal());
  const few = ridge(rows.slice(0, 6), noisy.slice(0, 6), 0.1);
  const fitted = ridge(rows, noisy, 0.1);
  for (const [i, c] of truth.entries()) expect(fitted.coefficients[i]).toBeCloseTo(c, 1);
  const { mean, std } = fitted.expect([1, 1, 1]);
  expect(mean).toBeCloseTo(4.5, 0);
  expect(std).toBeLessThan(few.expect([1, 1, 1]).std + 1e-9);
  // Twice as far from what was seen is twice as unsure.
  expect(fitted.expect([2, 2, 2]).std).toBeCloseTo(2 * std, 9);
});

it('with nothing seen expects nothing', () => {
  expect(ridge([], []).expect([])).toEqual({ mean: 0, std: 1 });
});
