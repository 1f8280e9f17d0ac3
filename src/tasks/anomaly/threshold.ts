import { check } from '../../base/errors.ts';

/** From which score on a picture is called anomalous, and what may be promised of it. */
export interface Threshold {
  /** A picture whose score is above it is anomalous. */
  readonly value: number;
  /** Share of new good pictures that lie above it at most, on average over such sets: what was wished, or the least that so few pictures allow. */
  readonly falseAlarms: number;
  /** Good pictures it was taken from. */
  readonly pictures: number;
}

/**
 * The threshold that at most a share `falseAlarms` of new good pictures passes, from scores of good pictures that the model was not fitted to: of n,
 * the ⌈(n + 1)(1 − falseAlarms)⌉-th smallest, which holds for any distribution (conformal prediction; Vovk et al. 2005). Where n is too small
 * for the wish, the largest score: then 1 / (n + 1) is what can be promised.
 * @throws YosegiError without scores, or where one is not a number
 */
export function thresholdOf(scores: readonly number[], falseAlarms: number): Threshold {
  const n = scores.length;
  check(n > 0, 'a threshold needs scores of good pictures that the model has not seen: give more good pictures');
  check(scores.every(Number.isFinite), 'a score of a good picture is not a number: is the backbone sound?');
  check(
    falseAlarms > 0 && falseAlarms < 1,
    () => `the share of false alarms must lie between 0 and 1, got ${falseAlarms}`,
  );
  const sorted = scores.toSorted((a, b) => a - b);
  // Rounding of 1 − falseAlarms must not ask for one picture more.
  const place = Math.ceil((n + 1) * (1 - falseAlarms) - 1e-9);
  if (place <= n) return { value: sorted[place - 1]!, falseAlarms, pictures: n };
  return { value: sorted[n - 1]!, falseAlarms: 1 / (n + 1), pictures: n };
}

/** Good pictures that a promise of this share of false alarms takes. */
export const picturesFor = (share: number): number => Math.ceil(1 / share - 1e-9) - 1;
