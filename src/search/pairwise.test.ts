import { expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { pairwise } from './pairwise.ts';
import { ridge } from './ridge.ts';

const SIZES = [2, 3, 4];
const rng = random(2, 'pairwise');
const designs = Array.from({ length: 14 }, () => SIZES.map((n) => rng.below(n)));
const figures = designs.map(() => rng.normal());

/** Which values a design has; `together` times which pairs. */
function written(design: readonly number[], together: number): Float64Array {
  const at = [0, 2, 5];
  const row = new Float64Array(9 + 81);
  design.forEach((v, i) => {
    row[at[i]! + v] = 1;
    for (let j = i + 1; j < design.length; j++) row[9 + 9 * (at[i]! + v) + at[j]! + design[j]!] = together;
  });
  return row;
}

it.each([0, 0.7, 1])('is the ridge on values and %f times on pairs, which it never writes down', (together) => {
  const rows = designs.map((d) => written(d, together));
  const long = ridge(rows, figures, 1.5);
  const short = pairwise(designs, figures, { strength: 1.5, together });
  for (const design of [...designs.slice(0, 3), [1, 2, 3], [0, 0, 3]]) {
    const [a, b] = [long.expect(written(design, together)), short.expect(design)];
    expect(b.mean).toBeCloseTo(a.mean, 9);
    expect(b.std).toBeCloseTo(a.std, 7);
  }
});

it('learns what only two values together bring', () => {
  const all = Array.from({ length: 16 }, (_, k) => [k & 1, (k >> 1) & 1, (k >> 2) & 1, k >> 3]);
  const truth = (d: readonly number[]) => (d[0] === d[2] ? 1 : 0);
  const seen = all.filter((_, k) => k % 5 !== 0);
  const fitted = pairwise(seen, seen.map(truth), { strength: 0.1 });
  for (const d of all.filter((_, k) => k % 5 === 0))
    expect(Math.abs(fitted.expect(d).mean - truth(d))).toBeLessThan(0.5);
});

it('with nothing seen expects nothing', () => {
  expect(pairwise([], []).expect([1, 2])).toEqual({ mean: 0, std: 1 });
});
