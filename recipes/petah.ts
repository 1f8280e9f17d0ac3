import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check, oneOf } from '../src/base/errors.ts';
import { recipe } from '../src/data/augment/recipe.ts';
import { evaluateRun } from '../src/run/node/evaluate-run.ts';
import { type TrainRunOptions, trainRun } from '../src/run/node/train-run.ts';
import { machine, record, recorded, shared } from './carry-out.ts';
import { cellCrops, pitTiles } from './crops.ts';
import { budgetAt, isWay, ranksFor, whole } from './equal-numbers.ts';
import { fewOf } from './few.ts';

/**
 * `npx tsx recipes/petah.ts WEIGHTS [--seeds 3] [--ways attention,convolution,both] [--data x-sdd,clothing] [--ranks 2,6]`: PETAH's central claim on a pretrained hybrid:
 * low-rank pairs beside attention and convolutions against attention alone and convolutions alone, **with as many trained numbers**, for three budgets; a linear probe
 * and full fine-tuning besides. WEIGHTS: of an ascan-micro, box:ascan-micro-distilled or the run of `yosegi distill` that it is of. Writes recipes/petah.json after each run, and does not
 * repeat what it has.
 */
const size = 64;

/** As many numbers as pairs of these ranks beside attention and convolutions have. */
const ranks = [2, 6, 16];

/** So many pictures of each kind are learned from, drawn by the seed, so often. All test pictures are judged. */
const [shots, epochs] = [20, 25];
const turned = { ...recipe('light'), vflip: 0.5 };
interface PictureSet {
  /** The folder that few pictures are drawn from. */
  readonly folder: () => Promise<string> | string;
  readonly recipe: TrainRunOptions['recipe'];
}
const sets = {
  'x-sdd': { folder: () => join(shared, 'x-sdd'), recipe: turned },
  clothing: { folder: () => join(shared, 'clothing-128'), recipe: 'light' },
  'bccd-crops': { folder: cellCrops, recipe: turned },
  'bsdata-tiles': { folder: pitTiles, recipe: turned },
} satisfies Record<string, PictureSet>;
type SetName = keyof typeof sets;

/** Peak learning rates: the usual ones, not tuned for any way. */
const rates = { pairs: 5e-3, full: 2e-3 };

const file = 'petah.json';

interface Asked {
  readonly set: SetName;
  readonly way: string;
  readonly rank: number;
  readonly seed: number;
}

/** A training that is done. */
export interface Trained extends Asked {
  readonly name: string;
  /** Numbers that were trained, the head not counted. */
  readonly learned: number;
  /** Least and greatest rank of a layer. */
  readonly ranks?: readonly [number, number];
  /** On the test split. */
  readonly accuracy: number;
  readonly loss: number;
  /** Processor time of training. */
  readonly processor: number;
  readonly machine: string;
  readonly date: string;
}

/** How a way is trained, and how many numbers it learns. */
function plan({ way, rank }: Asked) {
  const train = { epochs, batch: 20, warmup: 1, weightDecay: 0.01, threads: 1, checkpointSeconds: 600 };
  if (way === 'probe')
    return {
      learned: 0,
      run: {
        recipe: 'none' as const,
        train: { ...train, probe: true, epochs: 60, batch: 64, lr: 3e-3, warmup: 2 },
      },
    };
  if (way === 'full') return { learned: whole, run: { train: { ...train, lr: rates.full } } };
  check(isWay(way), () => `${way} is no way`);
  const { adapters, learned, ranks } = ranksFor(way, budgetAt(rank));
  return { learned, ranks, run: { adapters, train: { ...train, lr: rates.pairs } } };
}

const nameOf = ({ set, way, rank }: Asked) => [set, way, ...(rank > 0 ? [rank] : [])].join(' ');

/** Trains and tests, unless it is in the file. */
async function carryOut(student: string, asked: Asked): Promise<void> {
  const name = nameOf(asked);
  const { set, seed } = asked;
  if ((await recorded<Trained>(file)).some((r) => r.name === name && r.seed === seed)) return;
  const { run, learned, ranks } = plan(asked);
  const out = join(tmpdir(), 'yosegi-recipes', 'petah');
  const used = process.cpuUsage();
  await trainRun({
    recipe: sets[set].recipe,
    data: await fewOf(await sets[set].folder(), shots, seed),
    valFraction: 0,
    out,
    weights: student,
    size,
    force: true,
    ...run,
    train: { ...run.train, seed },
  });
  const { user, system } = process.cpuUsage(used);
  const { figures } = await evaluateRun(out, { split: 'test' });
  const done: Trained = {
    ...{ name, ...asked, learned, ...(ranks && { ranks }) },
    ...{ accuracy: figures.accuracy!, loss: figures.loss!, processor: Math.round((user + system) / 1e6) },
    ...{ machine: await machine(), date: new Date().toISOString() },
  };
  await record<Trained>(file, done);
  console.log(JSON.stringify(done));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '3' },
    ways: { type: 'string', default: 'attention,convolution,both' },
    data: { type: 'string', default: Object.keys(sets).join() },
    ranks: { type: 'string', default: ranks.join() },
  },
});
const [student] = positionals;
check(
  student !== undefined,
  'which weights? npx tsx recipes/petah.ts box:ascan-micro-distilled, or the run of a distillation',
);
const ways = values.ways.split(',');
const names = values.data.split(',') as SetName[];
for (const name of names) oneOf('data', name, Object.keys(sets));
const budgets = values.ranks.split(',').map(Number);
for (let seed = 0; seed < Number(values.seeds); seed++)
  for (const set of names) {
    for (const rank of budgets) for (const way of ways) await carryOut(student!, { set, way, rank, seed });
    for (const way of ['probe', 'full']) await carryOut(student!, { set, way, rank: 0, seed });
  }
