import { check } from '../base/errors.ts';

/** A range of shares, 0 ≤ low ≤ high ≤ 1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The standard normal's 97.5 % point: 95 % of the mass lies within ± this. */
const Z = 1.959963984540054;

/**
 * The 95 % interval of a share after `hits` of `trials` (Wilson, "Probable inference", 1927): unlike the textbook
 * formula it stays inside 0 … 1 and is honest for few trials and for shares near 1.
 * @throws YosegiError unless 0 ≤ hits ≤ trials, whole, and trials ≥ 1
 */
export function wilson(hits: number, trials: number): Interval {
  check(
    Number.isInteger(trials) && trials >= 1 && Number.isInteger(hits) && hits >= 0 && hits <= trials,
    () => `an interval needs whole numbers 0 ≤ hits ≤ trials and at least one trial, got ${hits} of ${trials}`,
  );
  const share = hits / trials;
  const zz = (Z * Z) / trials;
  const middle = share + zz / 2;
  const reach = Z * Math.sqrt((share * (1 - share)) / trials + zz / (4 * trials));
  return {
    // The ends are exactly 0 and 1 where all trials agree; rounding must not move them.
    low: hits === 0 ? 0 : Math.max(0, (middle - reach) / (1 + zz)),
    high: hits === trials ? 1 : Math.min(1, (middle + reach) / (1 + zz)),
  };
}
