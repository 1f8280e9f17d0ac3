import { z } from 'zod';
import { adapterOptionsSchema } from '../adapters/options.ts';
import { check } from '../base/errors.ts';
import { recipeSchema } from '../data/augment/recipe.ts';
import { samplingSchema, splitOptionsSchema } from '../feed/options.ts';
import { trainOptionsSchema } from '../train/options.ts';

/** The part of run.json that training must have again to go on: how the data is split and varied, and how it is trained. */
const settingsSchema = z.object({
  train: trainOptionsSchema,
  /** Options of the task alone; see its record. */
  task: z.record(z.string(), z.unknown()).default({}),
  /** What is learned beside the layers of a frozen backbone; absent where the network itself is trained. */
  adapters: adapterOptionsSchema.optional(),
  recipe: recipeSchema,
  ...samplingSchema.shape,
  ...splitOptionsSchema.shape,
});
export type Settings = z.infer<typeof settingsSchema>;

/** Reads the settings back out of a run's options. */
export function settingsOf(options: unknown): Settings {
  const parsed = settingsSchema.safeParse(options);
  check(
    parsed.success,
    () => `run.json does not hold the options of a training run: ${z.prettifyError(parsed.error!)}`,
  );
  return parsed.data;
}
