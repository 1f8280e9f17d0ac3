import type { SplitReport } from './record.ts';

/** How a policy compares with another network on the same images: how much faster it is, and how many more it has right. */
export function against(other: { ms: number; accuracy: number }, { images, policy }: SplitReport) {
  return { times: other.ms / policy.ms, hits: Math.round(images * (policy.accuracy - other.accuracy)) };
}
