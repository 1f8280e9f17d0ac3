/** Mean and standard deviation. */
export function spread(values: readonly number[]): readonly [number, number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / Math.max(1, values.length - 1))];
}

/** Mean and standard deviation of shares, in per cent: `87.2 ± 2.2`. */
export function spreadText(values: readonly number[]): string {
  const [mean, deviation] = spread(values);
  return `${(100 * mean).toFixed(1)} ± ${(100 * deviation).toFixed(1)}`;
}
