import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { recipe } from '../src/data/augment/recipe.ts';
import { carryOutAll, type Recipe, shared } from './carry-out.ts';
import { cellCrops } from './crops.ts';

/**
 * `npx tsx recipes/hybrid.ts [names] [--seeds n | 1,2]`: what the distilled hybrid in the box is worth beside the MobileNetV2 in the box and beside nothing: linear probe and
 * fine-tuning on steel defects (X-SDD, 128 pixels) and single blood cells (crops of BCCD, 64 pixels), neither of which it was taught on. The epochs of fine-tuning are such
 * that all take about as long; processor time is written down. One thread. Writes recipes/logs/<name>-<seed>.jsonl and recipes/hybrid.json.
 */
const hybrid = { weights: 'box:ascan-micro-distilled' };
const mobile = { weights: 'box:mobilenetv2-imagenet' };
const scratch = { model: 'ascan-micro', scratch: true };
const one = { threads: 1, checkpointSeconds: 600 };
const probe = {
  recipe: 'none',
  train: { ...one, probe: true, epochs: 60, batch: 64, lr: 3e-3, warmup: 2 },
} as const;
const steel = {
  data: join(shared, 'x-sdd'),
  size: 128,
  recipe: { ...recipe('light'), vflip: 0.5 },
  valFraction: 0.05,
};
const cells = { ...steel, data: await cellCrops(), size: 64 };
/** What each start was found to want: the demo's options, those of box.json, and a faster pace for weights that know nothing. */
const ways = (epochs: number, mobileEpochs: number) => ({
  hybrid: { ...hybrid, train: { ...one, epochs, lr: 2e-3, warmup: 0.5, ema: 0.97 } },
  scratch: { ...scratch, train: { ...one, epochs, lr: 3e-3, warmup: 0.5, ema: 0.97 } },
  mobilenetv2: {
    ...mobile,
    train: { ...one, epochs: mobileEpochs, lr: 1e-3, warmup: 0.5, ema: 0.98, freeze: ['blocks.4'] },
  },
});

const recipes: Readonly<Record<string, Recipe>> = Object.fromEntries(
  Object.entries({ 'x-sdd': [steel, ways(14, 20)], 'bccd-crops': [cells, ways(30, 30)] } as const).flatMap(
    ([set, [data, fine]]) => [
      ...Object.entries({ hybrid, mobilenetv2: mobile }).map(([start, from]) => [
        `${set}-${start}-probe`,
        { seeds: 3, run: { ...data, ...from, ...probe } },
      ]),
      ...Object.entries(fine).map(([start, way]) => [`${set}-${start}-fine`, { seeds: 3, run: { ...data, ...way } }]),
    ],
  ),
);

const { positionals, values } = parseArgs({ allowPositionals: true, options: { seeds: { type: 'string' } } });
await carryOutAll(recipes, positionals, { file: 'hybrid.json', seeds: values.seeds });
