import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { recipe } from '../src/data/augment/recipe.ts';
import { carryOutAll, type Recipe, shared } from './carry-out.ts';

/**
 * `npx tsx recipes/transfer.ts [names]`: what pretrained weights are worth. From an ImageNet MobileNetV2 to steel defects and to
 * clothes, beside the same network from scratch in the same time. Writes recipes/logs/<name>-<seed>.jsonl and
 * recipes/results.json; recipes/README.md tells what came out. The images and weights lie in YOSEGI_SHARED (default
 * ../shared/data): the weights are too large for the repository.
 */
const base = {
  model: 'tf_mobilenetv2_100',
  preprocessing: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], cropMode: 'squash' },
  sampling: 'shuffle',
} satisfies Partial<Recipe['run']>;
const weights = join(shared, 'mobilenet-v2-imagenet');
const steel = {
  ...base,
  data: join(shared, 'x-sdd'),
  size: 224,
  valFraction: 0.05,
  recipe: { ...recipe('light'), vflip: 0.5 },
};
const clothes = { ...base, data: join(shared, 'clothing-128'), size: 128, recipe: 'light' };
const fine = { batch: 32, lr: 1e-3, warmup: 0.5, ema: 0.98, checkpointSeconds: 600 };
const probe = { probe: true, epochs: 60, batch: 64, lr: 3e-3, weightDecay: 0.01 };

const recipes: Readonly<Record<string, Recipe>> = {
  'x-sdd-probe': { seeds: 1, run: { ...steel, weights, recipe: 'none', train: probe } },
  'x-sdd-fine': { seeds: 3, run: { ...steel, weights, train: { ...fine, epochs: 12, freeze: ['blocks.4'] } } },
  // As many epochs as fit in the time of x-sdd-fine on a quiet machine (74 s each), whatever else it does now.
  'x-sdd-scratch': { seeds: 1, run: { ...steel, train: { ...fine, lr: 2e-3, epochs: 5, ema: 0.9 } } },
  'clothing-probe': { seeds: 1, run: { ...clothes, weights, recipe: 'none', train: probe } },
  'clothing-fine': { seeds: 1, run: { ...clothes, weights, train: { ...fine, epochs: 12, freeze: ['blocks.4'] } } },
  'clothing-scratch': {
    seeds: 1,
    asLongAs: 'clothing-fine',
    run: { ...clothes, train: { ...fine, lr: 2e-3, epochs: 2, ema: 0.9 } },
  },
};

const { positionals } = parseArgs({ allowPositionals: true });
await carryOutAll(recipes, positionals);
