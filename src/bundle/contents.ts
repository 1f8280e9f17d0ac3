import { z } from 'zod';
import { benchmarkSchema } from '../measure/benchmark.ts';
import { belongsToSchema } from '../run/provenance.ts';

/** `labels.json`: the class of each output, in order. */
export const labelsSchema = z.array(z.string());

/** `metrics.json`: how good and how fast the model was before it was shipped, as far as that was measured. */
export const metricsSchema = z.strictObject({
  /** What the task's own schema says. */
  evaluation: z.unknown().nullable(),
  benchmark: benchmarkSchema.nullable(),
  /** Which weights, pictures and machine each is about; absent in a bundle of an older version. */
  belongsTo: z
    .strictObject({ evaluation: belongsToSchema.nullable(), benchmark: belongsToSchema.nullable() })
    .optional(),
});
export type Metrics = z.infer<typeof metricsSchema>;
