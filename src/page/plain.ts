/** An accuracy as "97 of 100"; close to perfect as "996 of 1,000", so that it is not rounded to all. */
export function inOf(accuracy: number): { right: number; of: number } {
  const of = [100, 1000, 10_000].find((n) => accuracy < 1 - 1 / n || accuracy === 1) ?? 100_000;
  return { right: Math.round(accuracy * of), of };
}
