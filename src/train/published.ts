import { type RecipeInput, recipe } from '../data/augment/recipe.ts';
import type { Preprocessing } from '../data/preprocess.ts';
import { dynamicPerceiverVariants } from '../models/dynamic-perceiver/config.ts';
import type { TrunkName } from '../models/dynamic-perceiver/trunks.ts';
import type { ClassifyOptions } from '../tasks/classify/classify.ts';
import { dynamicPerceiverLoss } from '../tasks/classify/exits-loss.ts';
import type { TrainOptions } from './options.ts';

/** How the authors of a model trained it. */
export interface PublishedRecipe {
  readonly train: Partial<TrainOptions>;
  /** Options of classification. */
  readonly task: Partial<ClassifyOptions>;
  readonly augment: RecipeInput;
  readonly preprocessing: Partial<Omit<Preprocessing, 'size'>>;
}

/** On 8 GPUs of 128 images each, in one step; nothing scales the rate with the batch. */
const common = {
  batch: 1024,
  optimizer: 'adamw',
  lr: 1e-3,
  minLr: 1e-6,
  warmup: 20,
  weightDecay: 0.05,
  clip: 0,
  ema: 0.9999,
  dropPath: 0,
  dropRate: 0,
} satisfies Partial<TrainOptions>;

const task = {
  exitWeights: [...dynamicPerceiverLoss.weights],
  distillation: dynamicPerceiverLoss.distillation,
  temperature: dynamicPerceiverLoss.temperature,
} satisfies Partial<ClassifyOptions>;

const augment: RecipeInput = recipe('strong', {
  name: 'dynamic-perceiver',
  crop: { scale: [0.08, 1], interpolation: 'bicubic' },
});
const preprocessing = {
  cropMode: 'center',
  cropPct: 224 / 256,
  interpolation: 'bicubic',
} satisfies Partial<Preprocessing>;

/**
 * Dynamic Perceiver's released recipes (Han et al., ICCV 2023; the official code's README; papers/dynamic-perceiver.md §6.2), for
 * ImageNet from scratch.
 */
const dynamicPerceiverRecipes: Readonly<Record<TrunkName, PublishedRecipe>> = {
  regnet: { train: { ...common, epochs: 300 }, task, augment, preprocessing },
  resnet: { train: { ...common, epochs: 300, lr: 6e-4, dropPath: 0.2, dropRate: 0.2 }, task, augment, preprocessing },
  mobilenetv3: { train: { ...common, epochs: 600, dropRate: 0.2 }, task, augment, preprocessing },
};

/** The recipe that a model of the registry was published with, where it is known. */
export function publishedRecipe(model: string): PublishedRecipe | undefined {
  const trunk = Object.hasOwn(dynamicPerceiverVariants, model) ? dynamicPerceiverVariants[model]!.trunk : undefined;
  return trunk && dynamicPerceiverRecipes[trunk];
}
