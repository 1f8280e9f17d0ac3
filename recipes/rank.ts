import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adaptModel } from '../src/adapters/adapt.ts';
import { budgetOf } from '../src/adapters/budget.ts';
import { adapterOptions } from '../src/adapters/options.ts';
import { createModel } from '../src/models/registry.ts';
import { evaluateRun } from '../src/run/node/evaluate-run.ts';
import { readRun } from '../src/run/node/run-folder.ts';
import { trainRun } from '../src/run/node/train-run.ts';
import { settingsOf } from '../src/run/settings.ts';
import { logTo, machine } from './carry-out.ts';
import { fewOf } from './few.ts';
import { spread } from './spread.ts';

/**
 * `npx tsx recipes/rank.ts [1,4]`: low-rank pairs beside the network in the box, of the same rank everywhere (1, or those named), and of ranks found from the data within as
 * many numbers (`--adapt-rank auto`), on 20 pictures of each kind of X-SDD at 64 pixels, six epochs, three
 * seeds (which draw the pictures too), on all its test pictures. Writes recipes/rank.json.
 */
const root = new URL('..', import.meta.url).pathname;
const [size, epochs, seeds] = [64, 6, [0, 1, 2]];
const ranks = (process.argv[2] ?? '1').split(',').map(Number);
const backbone = createModel('tf_mobilenetv2_100', { size: [size, size], classes: 7 });
const whole = budgetOf(backbone, adapterOptions({ share: 1 })).most;

interface Trained {
  readonly rank: number;
  readonly way: 'even' | 'auto';
  readonly seed: number;
  /** Numbers learned beside layers, the head not counted. */
  readonly parameters: number;
  /** Layers with a pair, and their ranks. */
  readonly layers: number;
  readonly ranks: readonly [number, number];
  /** On the test split. */
  readonly accuracy: number;
  readonly loss: number;
  readonly seconds: number;
}

async function trained(rank: number, way: Trained['way'], seed: number): Promise<Trained> {
  const even = adaptModel(backbone, adapterOptions({ rank })).parameters;
  const out = join(tmpdir(), 'yosegi-recipes', `rank-${way}`);
  const started = performance.now();
  await trainRun({
    data: await fewOf(join(root, 'demo/data/x-sdd'), 20, seed),
    valFraction: 0,
    out,
    weights: 'box:mobilenetv2-imagenet',
    size,
    force: true,
    train: { epochs, batch: 28, lr: 3e-3, warmup: 0.5, weightDecay: 0.01, seed },
    adapters: way === 'even' ? { rank } : { rank: 'auto', share: even / whole },
    hooks: { onNotice: console.error },
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  const { layers, parameters } = adaptModel(backbone, settingsOf((await readRun(out)).options).adapters!);
  const own = layers.map((l) => l.rank);
  const { figures } = await evaluateRun(out, { split: 'test' });
  const done: Trained = {
    ...{ rank, way, seed, parameters, layers: layers.length, ranks: [Math.min(...own), Math.max(...own)] },
    ...{ accuracy: figures.accuracy!, loss: figures.loss!, seconds },
  };
  console.log(JSON.stringify(done));
  return done;
}

const runs: Trained[] = [];
for (const rank of ranks)
  for (const seed of seeds) for (const way of ['even', 'auto'] as const) runs.push(await trained(rank, way, seed));
const table = ranks.flatMap((rank) =>
  (['even', 'auto'] as const).map((way) => {
    const of = runs.filter((r) => r.rank === rank && r.way === way);
    return { rank, way, accuracy: spread(of.map((r) => r.accuracy)), loss: spread(of.map((r) => r.loss)) };
  }),
);
await logTo('rank.json', { machine: await machine(), date: new Date().toISOString(), size, epochs, table, runs });
console.log(JSON.stringify(table, null, 1));
