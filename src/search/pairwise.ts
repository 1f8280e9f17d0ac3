import { check } from '../base/errors.ts';
import { cholesky, type Expected, noiseIn, solved } from './ridge.ts';
import type { Design } from './space.ts';

/** What two values together bring beside what each brings, in advance: of the deviation of either's own part. */
const TOGETHER = 0.7;

/** What is expected of designs. */
export interface Pairwise {
  expect(design: Design): Expected;
}

/**
 * The same as `ridge` on which values a design has and on which pairs of values, of which there are too many to write down: two designs that agree
 * in m choices agree in m (m − 1) / 2 pairs, and no more than that is needed (the dual form; Saunders et al., ICML 1998). Where attention pays
 * hangs on what stands before it.
 */
export function pairwise(
  designs: readonly Design[],
  y: readonly number[],
  { strength = 1, together = TOGETHER } = {},
): Pairwise {
  const alike = (a: Design, b: Design) => {
    const same = a.reduce((n, v, i) => n + (v === b[i] ? 1 : 0), 0);
    return same + (together ** 2 * same * (same - 1)) / 2;
  };
  check(designs.length === y.length, () => `${designs.length} designs and ${y.length} values`);
  const mean = y.length === 0 ? 0 : y.reduce((a, b) => a + b, 0) / y.length;
  const inner = designs.map((a, i) => Float64Array.from(designs, (b, j) => alike(a, b) + (i === j ? strength : 0)));
  const lower = cholesky(inner);
  const shares = solved(
    lower,
    Float64Array.from(y, (v) => v - mean),
  );
  // What is left of each value is its share times the strength.
  const noise = noiseIn(Array.from(shares, (s) => s * strength));
  return {
    expect(design) {
      if (designs.length === 0) return { mean, std: 1 };
      const row = Float64Array.from(designs, (other) => alike(design, other));
      const known = dot(row, solved(lower, row));
      const left = Math.max(0, alike(design, design) - known) / strength;
      return { mean: mean + dot(row, shares), std: Math.sqrt(noise * left) };
    },
  };
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
