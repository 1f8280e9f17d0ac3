import { expect, it } from 'vitest';
import { recipe } from '../data/augment/recipe.ts';
import { modelNames } from '../models/registry.ts';
import { trainOptions } from './options.ts';
import { publishedRecipe } from './published.ts';

it('is known for every configuration of the official code, complete and valid', () => {
  const official = modelNames().filter((name) => /_perceiver_t\d+$/.test(name));
  expect(official).toHaveLength(56);
  for (const name of official) {
    const { train, augment } = publishedRecipe(name)!;
    expect(trainOptions(train)).toMatchObject({ batch: 1024, warmup: 20, minLr: 1e-6, ema: 0.9999, weightDecay: 0.05 });
    expect(recipe(augment)).toMatchObject({ mix: { mixup: 0.8, cutmix: 1 }, erase: { prob: 0.25, fill: 'noise' } });
  }
  const { train, task } = publishedRecipe('resnet50_0375_perceiver_t128')!;
  expect(train).toMatchObject({ epochs: 300, lr: 6e-4, dropPath: 0.2 });
  expect(task).toMatchObject({ exitWeights: [0.5, 0.5, 1, 1] });
  expect(publishedRecipe('mobilenetV3_perceiver_t128')!.train.epochs).toBe(600);
  expect(publishedRecipe('ascan-micro-perceiver')).toBeUndefined();
  expect(publishedRecipe('no such model')).toBeUndefined();
});
