import { check } from '../../base/errors.ts';

/** One vector of thresholds and what comes of it on the calibration images. */
export interface CurvePoint {
  readonly thresholds: readonly number[];
  /** Share of the images that leaves at each exit. */
  readonly shares: readonly number[];
  /** Cross-fitted: measured on images that thresholds chosen in the same way have not seen. */
  readonly accuracy: number;
  /** Mean cost of an image. */
  readonly cost: number;
}

/** The most accurate within a cost; of equals the cheapest. */
export function within(curve: readonly CurvePoint[], most: number): CurvePoint {
  const affordable = curve.filter((p) => p.cost <= most * (1 + 1e-9));
  check(
    affordable.length > 0,
    () => `the budget is ${most}, but the cheapest policy costs ${curve[0]!.cost} an image on average: allow more`,
  );
  return affordable.reduce((best, p) => (p.accuracy > best.accuracy ? p : best));
}

/** The published choice: the dearest within a cost. */
export function closest(curve: readonly CurvePoint[], most: number): CurvePoint {
  return curve.findLast((p) => p.cost <= most * (1 + 1e-9)) ?? within(curve, most);
}

/** The cheapest from which on no dearer one falls below an accuracy: a single point may be high by luck. */
export function reaching(curve: readonly CurvePoint[], least: number): CurvePoint {
  const low = curve.findLastIndex((p) => p.accuracy < least);
  const found = curve[low + 1] ?? curve.findLast((p) => p.accuracy >= least);
  check(found, () => {
    const best = Math.max(...curve.map((p) => p.accuracy));
    return `no thresholds reach an accuracy of ${least} on the calibration images; ${best} is the best: ask for less, or train on`;
  });
  return found;
}
