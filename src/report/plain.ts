import type { Benchmark, Latency } from '../measure/benchmark.ts';

/** The quickest way to work on single images, by the median. */
export function fastestSingle({ latency }: Benchmark): Latency | undefined {
  const single = latency.filter(({ batch }) => batch === 1);
  return single.reduce<Latency | undefined>((best, l) => (best && best.p50 <= l.p50 ? best : l), undefined);
}
