import { z } from 'zod';

/** `making.json` of a bundle whose model makes pictures: how it is called, and pictures that it made. */
export const MAKING = 'making.json';

export const makingSchema = z.strictObject({
  /** The task's options of training that making depends on, such as the process. */
  task: z.record(z.string(), z.unknown()),
  /** Options of making, where nobody says others. */
  making: z.record(z.string(), z.unknown()),
  /** What is done with each look of the model; see the bundle's README. */
  steps: z
    .array(
      z.strictObject({
        signal: z.number(),
        noise: z.number(),
        input: z.number(),
        embed: z.number(),
        skip: z.number(),
        out: z.number(),
      }),
    )
    .min(1),
  /** Pictures that were made when the bundle was written, as golden/made-<i>.png. */
  golden: z
    .array(z.strictObject({ label: z.int().min(0).optional(), text: z.string().optional(), seed: z.int().min(0) }))
    .min(1),
  /** Captions of real pictures, where the model is told such. */
  examples: z.array(z.string()).optional(),
});
export type MakingFile = z.infer<typeof makingSchema>;
