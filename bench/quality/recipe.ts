import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { recipe as augmentation, recipeSchema } from '../../src/data/augment/recipe.ts';
import { preprocessingSchema } from '../../src/data/preprocess.ts';
import { trainOptionsSchema } from '../../src/train/options.ts';

const { crop, jitter, labelSmoothing } = recipeSchema.shape;
const { mean, std } = preprocessingSchema.shape;
const { epochs, batch, weightDecay, clip, lr, minLr, warmup, ema } = trainOptionsSchema.shape;
const share = z.number().min(0).max(1);

const schema = z.strictObject({
  /** The network, and the folder of its weights below the folder of shared data. */
  model: z.string(),
  weights: z.string(),
  /** Folders of images below the folder of shared data. */
  sets: z.record(z.string(), z.strictObject({ size: z.int().min(1), vflip: share })),
  freeze: z.string(),
  norm: z.strictObject({ mean, std }),
  crop,
  jitter,
  hflip: share,
  labelSmoothing,
  epochs,
  batch,
  weightDecay,
  clip,
  lr,
  minLr,
  warmup,
  ema,
});

/** What both sides do: how many epochs, how pictures are varied, what is frozen. */
export const recipe = schema.parse(JSON.parse(readFileSync(new URL('./recipe.json', import.meta.url), 'utf8')));

/** The options of a training of ours by the recipe, all but its folders and its seed. */
export function optionsOf(set: string, seed: number) {
  const { size, vflip } = recipe.sets[set]!;
  const { model, norm, hflip, freeze } = recipe;
  const { epochs, batch, weightDecay, clip, lr, minLr, warmup, ema } = recipe;
  return {
    model,
    size,
    preprocessing: norm,
    recipe: augmentation({
      crop: recipe.crop,
      hflip,
      vflip,
      jitter: recipe.jitter,
      labelSmoothing: recipe.labelSmoothing,
    }),
    train: { epochs, batch, weightDecay, clip, lr, minLr, warmup, ema, freeze: [freeze], seed },
  };
}
