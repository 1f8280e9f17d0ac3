import { check } from '../../../base/errors.ts';
import { singularValues } from '../../../base/singular-values.ts';
import { dot, type Features, meanOf } from './features.ts';

/**
 * The Fréchet distance of two sets of features taken as normal distributions: |μ₁ − μ₂|² + tr(S₁ + S₂ − 2 (S₁ S₂)^½), with sample covariances (what
 * Heusel et al. 2017, arXiv 1706.08500, take on Inception's features; on others it is not FID). With S = Aᵀ A, the trace of the root is the sum of
 * the singular values of A₁ A₂ᵀ: no covariance is formed, so that few pictures in many dimensions do.
 */
export function frechetDistance(a: Features, b: Features): number {
  check(a.length >= 2 && b.length >= 2, 'a Fréchet distance needs at least two pictures on either side');
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  const [rowsA, rowsB] = [centred(a, meanA), centred(b, meanB)];
  const trace = (rows: readonly Float64Array[]) => rows.reduce((sum, row) => sum + dot(row, row), 0);
  const apart = meanA.reduce((sum, v, i) => sum + (v - meanB[i]!) ** 2, 0);
  const [few, many] = rowsA.length <= rowsB.length ? [rowsA, rowsB] : [rowsB, rowsA];
  const root = singularValues(few.map((row) => Float64Array.from(many, (other) => dot(row, other))));
  return apart + trace(rowsA) + trace(rowsB) - 2 * root.reduce((sum, v) => sum + v, 0);
}

/** Rows without the mean, scaled so that the sum of their outer products is the covariance. */
function centred(rows: Features, mean: Float64Array): Float64Array[] {
  const scale = 1 / Math.sqrt(rows.length - 1);
  return rows.map((row) => mean.map((m, i) => (row[i]! - m) * scale));
}
