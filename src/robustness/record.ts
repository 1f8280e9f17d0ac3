import { z } from 'zod';
import { kindNames } from './conditions.ts';

const share = z.number().min(0).max(1);

/** What becomes of early exits under a condition. */
const exitsSchema = z.strictObject({
  /** Share of the pictures that leaves at each exit. */
  shares: z.array(share),
  /** Accuracy where pictures leave. */
  accuracy: share,
  /** What the monitor of a running program would say of these pictures. */
  drift: z.enum(['too few images', 'as calibrated', 'drifted']),
});
export type ExitsUnder = z.infer<typeof exitsSchema>;

const underSchema = z.strictObject({
  /** The task's figures, e.g. `accuracy`. */
  figures: z.record(z.string(), z.number()),
  /** Only where a policy of exits was chosen. */
  exits: exitsSchema.optional(),
});

/** `robustness.json`: how good the answers are under what a camera does to pictures. */
export const robustnessSchema = z.strictObject({
  images: z.int().min(1),
  seed: z.int().min(0),
  /** The figure that counts, and whether it is a share of 0 … 1. */
  figure: z.strictObject({ name: z.string(), label: z.string(), share: z.boolean() }),
  /** The pictures as they are. */
  plain: underSchema,
  conditions: z.array(underSchema.extend({ kind: z.enum(kindNames), strength: z.number() })),
});
export type Robustness = z.infer<typeof robustnessSchema>;
export type Under = z.infer<typeof underSchema>;

/** The name of the file in a run's folder. */
export const ROBUSTNESS_FILE = 'robustness.json';
