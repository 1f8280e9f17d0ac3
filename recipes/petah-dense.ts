import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { recipe } from '../src/data/augment/recipe.ts';
import { carryOutAll, type Recipe, shared } from './carry-out.ts';
import { budgetAt, ranksFor, type Way } from './equal-numbers.ts';

/**
 * `npx tsx recipes/petah-dense.ts [names] [--seeds n | 1,2]`: petah.ts's question where things are looked for: low-rank pairs beside the attention, the convolutions or both of the
 * hybrid in the box, with as many trained numbers, under a head that is trained whole: pits as areas (bsdata-pitting, tiles) and blood cells as boxes
 * (BCCD at half its size). One thread. Writes recipes/logs/<name>-<seed>.jsonl and recipes/petah-dense.json.
 */
const RANK = 6;
const ways: readonly Way[] = ['attention', 'convolution', 'both'];
const base = { weights: 'box:ascan-micro-distilled', sampling: 'shuffle' } as const;
const train = { threads: 1, batch: 8, warmup: 1, weightDecay: 0.01, checkpointSeconds: 600, ema: 0.98, lr: 2e-3 };

const tasks = {
  'pitting-segment': {
    ...base,
    task: 'segment',
    data: join(shared, 'bsdata-pitting'),
    size: 256,
    preprocessing: { cropMode: 'squash', tiles: { scale: 1, overlap: 0.25 } },
    train: { ...train, epochs: 16, evalEvery: 8 },
  },
  'bccd-detect': {
    ...base,
    task: 'detect',
    data: join(shared, 'bccd'),
    size: [256, 320],
    preprocessing: { cropMode: 'squash' },
    recipe: { ...recipe('light'), vflip: 0.5 },
    train: { ...train, epochs: 16, evalEvery: 8 },
  },
} satisfies Record<string, Recipe['run']>;

const recipes: Readonly<Record<string, Recipe>> = Object.fromEntries(
  Object.entries(tasks).flatMap(([name, run]) =>
    ways.map((way) => [
      `${name}-${way}`,
      { seeds: 3, run: { ...run, adapters: ranksFor(way, budgetAt(RANK)).adapters } } satisfies Recipe,
    ]),
  ),
);

const { positionals, values } = parseArgs({ allowPositionals: true, options: { seeds: { type: 'string' } } });
await carryOutAll(recipes, positionals, { file: 'petah-dense.json', seeds: values.seeds });
