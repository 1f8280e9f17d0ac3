import { z } from 'zod';
import { benchmarkSchema } from '../measure/benchmark.ts';

/** `labels.json`: the class of each output, in order. */
export const labelsSchema = z.array(z.string()).min(1);

/** `metrics.json`: how good and how fast the model was before it was shipped, as far as that was measured. */
export const metricsSchema = z.strictObject({
  /** What the task's own schema says. */
  evaluation: z.unknown().nullable(),
  benchmark: benchmarkSchema.nullable(),
});
export type Metrics = z.infer<typeof metricsSchema>;
