import { z } from 'zod';
import { check } from '../../base/errors.ts';

const count = z.int().min(0);

/** Where calibration images left under the policy and how sure the exits were: what is normal. */
export const distributionSchema = z
  .strictObject({
    /** How many left at each exit. */
    exits: z.array(count).min(2),
    confidence: z.strictObject({
      /** Inner borders of the bins, ascending; a value on a border belongs above it. */
      edges: z.array(z.number()),
      counts: z.array(count).min(1),
    }),
  })
  .refine(({ confidence: { edges, counts } }) => counts.length === edges.length + 1, {
    message: 'has one more bin of confidence than borders',
  })
  .refine(({ exits, confidence }) => sum(exits) === sum(confidence.counts) && sum(exits) > 0, {
    message: 'counts the same images twice, at least one',
  });
export type Distribution = z.infer<typeof distributionSchema>;

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** An image that left. */
export interface Left {
  readonly exit: number;
  readonly confidence: number;
}

const BINS = 10;

/** The distribution of images that left under a policy; bins of confidence hold about equally many of them. */
export function distributionOf(images: readonly Left[], exits: number): Distribution {
  check(images.length > 0, 'a distribution needs at least one image');
  const sorted = images.map((i) => i.confidence).sort((a, b) => a - b);
  const wanted = Array.from({ length: BINS - 1 }, (_, b) => sorted[Math.floor(((b + 1) * sorted.length) / BINS)]!);
  // Many images may be equally sure.
  const edges = [...new Set(wanted)];
  const counts = Array.from({ length: edges.length + 1 }, () => 0);
  const at = Array.from({ length: exits }, () => 0);
  for (const { exit, confidence } of images) {
    at[exit]!++;
    counts[binOf(edges, confidence)]!++;
  }
  return { exits: at, confidence: { edges, counts } };
}

/** The bin of a value: how many borders it has reached. */
export function binOf(edges: readonly number[], value: number): number {
  let bin = 0;
  while (bin < edges.length && value >= edges[bin]!) bin++;
  return bin;
}
