import { dot } from './features.ts';

/** Most sweeps over all pairs; a handful are needed. */
const SWEEPS = 60;
/** Of the largest column's square: what is smaller is rounding, and turns for ever. */
const NOTHING = 1e-30;

/**
 * The singular values of a matrix, given by its columns, largest first: one-sided Jacobi (Golub & Van Loan, §8.6.3), which has small ones as
 * exact as large ones. The columns are changed.
 */
export function singularValues(columns: readonly Float64Array[]): number[] {
  const squares = columns.map((c) => dot(c, c));
  const floor = NOTHING * Math.max(0, ...squares);
  for (let sweep = 0, turned = true; turned && sweep < SWEEPS; sweep++) {
    turned = false;
    for (let p = 0; p < columns.length; p++) {
      for (let q = p + 1; q < columns.length; q++) {
        const [a, b] = [columns[p]!, columns[q]!];
        const [alpha, beta] = [squares[p]!, squares[q]!];
        if (alpha <= floor || beta <= floor) continue;
        const gamma = dot(a, b);
        if (Math.abs(gamma) <= 1e-14 * Math.sqrt(alpha * beta)) continue;
        turned = true;
        const zeta = (beta - alpha) / (2 * gamma);
        const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const c = 1 / Math.sqrt(1 + t * t);
        const s = c * t;
        for (let i = 0; i < a.length; i++) {
          const [x, y] = [a[i]!, b[i]!];
          a[i] = c * x - s * y;
          b[i] = s * x + c * y;
        }
        squares[p] = dot(a, a);
        squares[q] = dot(b, b);
      }
    }
  }
  return squares.map((v) => Math.sqrt(v)).sort((x, y) => y - x);
}
