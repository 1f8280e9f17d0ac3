import { check } from '../base/errors.ts';

/** What a linear model expects, and how sure it is. */
export interface Expected {
  readonly mean: number;
  /** Standard deviation, of the expectation itself and not of single observations. */
  readonly std: number;
}

/** Bayesian linear regression with equal priors (ridge): few rows, many features. */
export interface Ridge {
  readonly coefficients: Float64Array;
  expect(features: ArrayLike<number>): Expected;
}

/**
 * Fits `y` to rows of features around the mean of `y`. `strength` is how strongly coefficients are drawn to 0: the variance of the noise over
 * that of the coefficients. With no rows nothing is known: 0 ± 1.
 */
export function ridge(rows: readonly ArrayLike<number>[], y: readonly number[], strength = 1): Ridge {
  check(rows.length === y.length, () => `${rows.length} rows and ${y.length} values`);
  const n = rows[0]?.length ?? 0;
  const mean = y.length === 0 ? 0 : y.reduce((a, b) => a + b, 0) / y.length;
  const a = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_, j) => (i === j ? strength : 0)));
  const b = new Float64Array(n);
  rows.forEach((row, k) => {
    for (let i = 0; i < n; i++) {
      if (row[i] === 0) continue;
      b[i]! += row[i]! * (y[k]! - mean);
      for (let j = 0; j < n; j++) a[i]![j]! += row[i]! * row[j]!;
    }
  });
  const lower = cholesky(a);
  const coefficients = solved(lower, b);
  const dot = (u: ArrayLike<number>, v: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += u[i]! * v[i]!;
    return sum;
  };
  const errors = rows.map((row, k) => y[k]! - mean - dot(row, coefficients));
  const noise = noiseIn(errors);
  return {
    coefficients,
    expect: (features) => ({
      mean: mean + dot(features, coefficients),
      std: n === 0 ? 1 : Math.sqrt(noise * dot(features, solved(lower, Float64Array.from(features)))),
    }),
  };
}

/** Variance of what a fit leaves; of fewer than two values nothing is known: 1. */
export const noiseIn = (errors: readonly number[]): number =>
  errors.length < 2 ? 1 : Math.max(1e-8, errors.reduce((s, e) => s + e * e, 0) / errors.length);

/** The lower factor L of a symmetric positive definite matrix L·Lᵀ. */
export function cholesky(a: readonly Float64Array[]): Float64Array[] {
  const l = a.map((row) => new Float64Array(row.length));
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i]![j]!;
      for (let k = 0; k < j; k++) sum -= l[i]![k]! * l[j]![k]!;
      l[i]![j] = i === j ? Math.sqrt(sum) : sum / l[j]![j]!;
    }
  }
  return l;
}

/** x of L·Lᵀ·x = b. */
export function solved(l: readonly Float64Array[], b: Float64Array): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) x[i]! -= l[i]![k]! * x[k]!;
    x[i]! /= l[i]![i]!;
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i]! -= l[k]![i]! * x[k]!;
    x[i]! /= l[i]![i]!;
  }
  return x;
}
