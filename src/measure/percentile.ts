import { check } from '../base/errors.ts';

/** What a series of run times comes to, in the unit it was given in. */
export interface Summary {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly mean: number;
  readonly runs: number;
}

/** The `p`-th percentile (0 … 100) of values in any order, linear between neighbours as NumPy's default. */
export function percentile(values: readonly number[], p: number): number {
  return ofSorted(sorted(values), p);
}

/** Median, 95th and 99th percentile and mean. */
export function summarise(values: readonly number[]): Summary {
  const all = sorted(values);
  return {
    p50: ofSorted(all, 50),
    p95: ofSorted(all, 95),
    p99: ofSorted(all, 99),
    mean: all.reduce((a, b) => a + b, 0) / all.length,
    runs: all.length,
  };
}

function sorted(values: readonly number[]): Float64Array {
  check(values.length > 0, 'a percentile needs at least one value');
  return Float64Array.from(values).sort();
}

function ofSorted(values: Float64Array, p: number): number {
  check(p >= 0 && p <= 100, () => `a percentile lies between 0 and 100, got ${p}`);
  const at = ((values.length - 1) * p) / 100;
  const low = Math.floor(at);
  const below = values[low]!;
  const above = values[Math.min(low + 1, values.length - 1)]!;
  return below + (above - below) * (at - low);
}
