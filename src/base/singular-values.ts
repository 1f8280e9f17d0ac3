import type { Random } from './random.ts';

/** Most sweeps over all pairs; a handful are needed. */
const SWEEPS = 60;
/** Of the largest column's square: what is smaller is rounding, and turns for ever. */
const NOTHING = 1e-30;
/** Directions that are followed besides those asked for, and how often: both make the last of them exact (Halko et al. 2011, §4.4). */
const [SPARE, ROUNDS] = [8, 3];

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

/** A matrix [rows, columns], row by row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: ArrayLike<number>;
}

/**
 * The `count` largest singular values of a large matrix, largest first: those of its image of a few random directions, which are turned towards the
 * largest ones first (randomised subspace iteration, Halko, Martinsson & Tropp 2011, arXiv 0909.4061). As many as its smaller side at most.
 */
export function leadingSingularValues(m: Matrix, count: number, rng: Random): number[] {
  const side = Math.min(m.rows, m.columns);
  const wanted = Math.min(count, side);
  if (wanted + SPARE >= side) {
    const lines =
      m.rows < m.columns
        ? Array.from({ length: m.rows }, (_, r) =>
            Float64Array.from({ length: m.columns }, (_, c) => m.data[r * m.columns + c]!),
          )
        : Array.from({ length: m.columns }, (_, c) =>
            Float64Array.from({ length: m.rows }, (_, r) => m.data[r * m.columns + c]!),
          );
    return singularValues(lines).slice(0, wanted);
  }
  let inner: Float64Array[] = Array.from({ length: wanted + SPARE }, () =>
    Float64Array.from({ length: m.columns }, () => rng.normal()),
  );
  for (let round = 0; round < ROUNDS; round++) inner = backward(m, orthonormal(forward(m, inner)));
  return singularValues(backward(m, orthonormal(forward(m, orthonormal(inner))))).slice(0, wanted);
}

/** M·x of each x. */
const forward = ({ rows, columns, data }: Matrix, xs: readonly Float64Array[]): Float64Array[] =>
  xs.map((x) =>
    Float64Array.from({ length: rows }, (_, r) => {
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += data[r * columns + c]! * x[c]!;
      return sum;
    }),
  );

/** Mᵀ·y of each y. */
const backward = ({ rows, columns, data }: Matrix, ys: readonly Float64Array[]): Float64Array[] =>
  ys.map((y) => {
    const out = new Float64Array(columns);
    for (let r = 0; r < rows; r++) {
      const f = y[r]!;
      for (let c = 0; c < columns; c++) out[c]! += f * data[r * columns + c]!;
    }
    return out;
  });

/** Vectors of the same span, of length one and at right angles (Gram and Schmidt, twice); those that are sums of others become zero. */
function orthonormal(xs: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const x of xs) {
    const v = x.slice();
    const before = Math.sqrt(dot(v, v));
    for (let again = 0; again < 2; again++) {
      for (const q of done) {
        const f = dot(q, v);
        for (let i = 0; i < v.length; i++) v[i]! -= f * q[i]!;
      }
    }
    const length = Math.sqrt(dot(v, v));
    done.push(length > 1e-12 * before ? v.map((a) => a / length) : v.fill(0));
  }
  return done;
}

/** The sum of the products, number by number. */
function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
