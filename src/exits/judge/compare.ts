import type { SplitReport } from '../record.ts';

/**
 * How a policy compares with another network on the same images: how much faster it is on the clock (never by a modelled time),
 * and how many more it has right.
 */
export function against(other: { ms: number; accuracy: number }, { images, policy, measured }: SplitReport) {
  return {
    times: other.ms / measured.parts.mean,
    hits: Math.round(images * (policy.accuracy - other.accuracy)),
  };
}
