import { z } from 'zod';

/** How pictures are found. */
export const distillReading = z.strictObject({
  folders: z
    .array(z.string().min(1))
    .default([])
    .describe('distill: folders of the folder of images whose pictures are taken (default: all of it)')
    .meta({ argument: 'folders' }),
});

/** Options that only distillation has. */
export const distillOptions = z.strictObject({
  teacher: z
    .string()
    .min(1)
    .default('box:mobilenetv2-imagenet')
    .describe('distill: what is learnt from: weights (as for --weights), the folder of a run, or of an imported model')
    .meta({ argument: 'model' }),
  soften: z
    .number()
    .gt(0)
    .max(100)
    .default(2)
    .describe('distill: temperature that softens what the teacher says of the classes'),
  ...distillReading.shape,
});

/** The same with what is known once the teacher is open: run.json keeps it. */
export const taughtOptions = distillOptions.extend({
  /** Shape of everything the teacher says of a picture, by name. */
  says: z.record(z.string(), z.array(z.int().min(1)).min(1)).default({}),
});
