/** Mean and standard deviation. */
export function spread(values: readonly number[]): readonly [number, number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / Math.max(1, values.length - 1))];
}

/** Mean and standard deviation of shares, in per cent: `87.2 ± 2.2`; of one alone `87.2`, of none a dash. */
export function spreadText(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const [mean, deviation] = spread(values);
  if (values.length === 1) return (100 * mean).toFixed(1);
  return `${(100 * mean).toFixed(1)} ± ${(100 * deviation).toFixed(1)}`;
}
