import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { recipe } from '../src/data/augment/recipe.ts';
import type { Preprocessing } from '../src/data/preprocess.ts';
import { carryOutAll, type Recipe, shared } from './carry-out.ts';

/**
 * `npx tsx recipes/dense.ts [names] [--seeds n | 1,2]`: where things are, on real images, from an ImageNet MobileNetV2: blood cells in boxes, pitting on ball
 * screws in areas and boxes. Writes recipes/logs/<name>-<seed>.jsonl and recipes/dense.json. The images and weights lie in
 * YOSEGI_SHARED (default ../shared/data).
 */
const base = {
  model: 'tf_mobilenetv2_100',
  weights: join(shared, 'mobilenet-v2-imagenet'),
  sampling: 'shuffle',
} satisfies Partial<Recipe['run']>;
/** What the weights were trained with. */
const half = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } satisfies Partial<Preprocessing>;
const pits = {
  ...base,
  data: join(shared, 'bsdata-pitting'),
  size: 256,
  preprocessing: { ...half, cropMode: 'squash', tiles: { scale: 1, overlap: 0.25 } },
} satisfies Recipe['run'];
const fine = { batch: 8, ema: 0.99, freeze: ['blocks.1'], checkpointSeconds: 600, evalEvery: 4 };

/** Areas by a pyramid, in half of the processor time that the peer has (30 minutes of two cores). */
const pitsBy = (segmentHead: string): Recipe => ({
  seeds: 3,
  run: {
    ...pits,
    task: 'segment',
    taskOptions: { segmentHead },
    train: { ...fine, ema: 0.98, epochs: 72, evalEvery: 8, lr: 1e-3 },
  },
});

/** Blood cells in boxes. */
const cells = (
  size: readonly [number, number],
  taskOptions: Readonly<Record<string, unknown>>,
  epochs: number,
): Recipe['run'] => ({
  ...base,
  task: 'detect',
  taskOptions,
  data: join(shared, 'bccd'),
  size,
  preprocessing: { ...half, cropMode: 'squash' },
  recipe: { ...recipe('light'), vflip: 0.5 },
  train: { ...fine, epochs, lr: 1.5e-3 },
});

/** Which cells of the maps answer for a thing, and what they say of its sides, in a short training: what the default was chosen by. */
const assigned = (taskOptions: Readonly<Record<string, unknown>>): Recipe => ({
  seeds: 2,
  run: cells([320, 416], taskOptions, 12),
});

const recipes: Readonly<Record<string, Recipe>> = {
  'bccd-detect': { seeds: 3, run: cells([320, 416], { assign: 'aligned' }, 32) },
  'bccd-aligned': assigned({ assign: 'aligned' }),
  'bccd-centred': assigned({ assign: 'centred' }),
  'bccd-aligned-bins': assigned({ assign: 'aligned', bins: 8 }),
  // The pictures as they are: platelets are 40 pixels wide here, 26 above.
  'bccd-detect-whole': { seeds: 3, run: cells([480, 640], { assign: 'aligned' }, 32) },
  'pitting-segment': {
    seeds: 3,
    run: { ...pits, task: 'segment', train: { ...fine, ema: 0.98, epochs: 30, evalEvery: 5, lr: 1e-3 } },
  },
  'pitting-segment-fpn': pitsBy('fpn'),
  'pitting-segment-plain': pitsBy('fpn-plain'),
  'pitting-detect': {
    seeds: 3,
    run: { ...pits, task: 'detect', taskOptions: { assign: 'aligned' }, train: { ...fine, epochs: 40, lr: 1.5e-3 } },
  },
};

const { positionals, values } = parseArgs({ allowPositionals: true, options: { seeds: { type: 'string' } } });
await carryOutAll(recipes, positionals, { file: 'dense.json', seeds: values.seeds });
