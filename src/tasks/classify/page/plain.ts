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
