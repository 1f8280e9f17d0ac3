/** An accuracy as "97 of 100"; close to perfect as "996 of 1,000", so that it is not rounded to all. */
export function inOf(accuracy: number): { right: number; of: number } {
  const of = [100, 1000, 10_000].find((n) => accuracy < 1 - 1 / n || accuracy === 1) ?? 100_000;
  return { right: Math.round(accuracy * of), of };
}

/** One line of "what passes at this confidence". */
export interface Limit {
  /** Confidence above which the model decides. */
  readonly above: number;
  readonly passed: number;
  readonly right: number;
}

/** What happens to the images when a person checks everything below a limit, at the edges of the calibration bins. */
export function limits(
  bins: readonly { low: number; count: number; accuracy: number }[],
  edges: readonly number[],
): Limit[] {
  return edges.map((index) => {
    const kept = bins.slice(index);
    return {
      above: bins[index]?.low ?? 1,
      passed: kept.reduce((sum, { count }) => sum + count, 0),
      right: kept.reduce((sum, { count, accuracy }) => sum + Math.round(count * accuracy), 0),
    };
  });
}
