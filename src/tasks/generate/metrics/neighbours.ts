import { check } from '../../../base/errors.ts';
import { distance, type Features } from './features.ts';

/** Neighbours that make the ball around a picture. */
const PRECISION = 3;
const COVERAGE = 5;

/** How sets of features lie among each other; shares 0 … 1. */
export interface Neighbours {
  /** Made pictures inside the ball of a real one. */
  readonly precision: number;
  /** Real pictures inside the ball of a made one. */
  readonly recall: number;
  /** Real pictures with a made one inside their ball. */
  readonly coverage: number;
}

/**
 * Precision and recall with balls to the third neighbour (Kynkäänniemi et al. 2019, arXiv 1904.06991), coverage with balls to the fifth (Naeem et
 * al. 2020, arXiv 2002.09797).
 */
export function neighbours(real: Features, made: Features): Neighbours {
  const least = COVERAGE + 1;
  check(
    real.length >= least && made.length >= least,
    () => `precision and recall need at least ${least} pictures on either side, got ${real.length} and ${made.length}`,
  );
  const between = made.map((m) => Float64Array.from(real, (r) => distance(m, r)));
  const ofReal = radii(real, PRECISION);
  const ofMade = radii(made, PRECISION);
  const wide = radii(real, COVERAGE);
  const share = (of: Features, inside: (i: number) => boolean) => of.filter((_, i) => inside(i)).length / of.length;
  return {
    precision: share(made, (i) => between[i]!.some((d, j) => d <= ofReal[j]!)),
    recall: share(real, (j) => between.some((row, i) => row[j]! <= ofMade[i]!)),
    coverage: share(real, (j) => between.some((row) => row[j]! <= wide[j]!)),
  };
}

/** The distance from each row to its `k`-th neighbour in the same set. */
function radii(rows: Features, k: number): Float64Array {
  return Float64Array.from(rows, (row, i) => {
    const others = rows.flatMap((other, j) => (j === i ? [] : [distance(row, other)]));
    return others.sort((a, b) => a - b)[k - 1]!;
  });
}
