import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluateRun } from '../src/run/node/evaluate-run.ts';
import { type TrainRunOptions, trainRun } from '../src/run/node/train-run.ts';
import { machine, record, recorded, shared } from './carry-out.ts';
import { fewOf } from './few.ts';
import { spreadText } from './spread.ts';

/**
 * `npx tsx recipes/few-shots.ts`: what one, five and ten pictures a class are worth, as a small difference to the network in the box: a head
 * alone, and low-rank pairs beside the layers, on X-SDD. The pictures are drawn anew for each of five seeds; all are tested on the given
 * test split. Writes recipes/few-shots.json after each run, and does not repeat what it has; prints the table.
 */
const file = 'few-shots.json';
const size = 128;
const shots = [1, 5, 10] as const;
const seeds = [0, 1, 2, 3, 4];
const ways = {
  head: { recipe: 'none', train: { probe: true, epochs: 60, batch: 64, lr: 3e-3 } },
  adapters: { adapters: {}, train: { epochs: 30, batch: 16, lr: 2e-3, warmup: 2 } },
} satisfies Record<string, Partial<TrainRunOptions>>;

interface Trained {
  /** The way, and pictures a class. */
  readonly name: string;
  readonly way: string;
  readonly shots: number;
  readonly seed: number;
  /** On the test split. */
  readonly accuracy: number;
  /** Processor time of training. */
  readonly processor: number;
  readonly machine: string;
  readonly date: string;
}

for (const shot of shots)
  for (const seed of seeds)
    for (const [way, { train, ...options }] of Object.entries(ways)) {
      const name = `${way} ${shot}`;
      if ((await recorded<Trained>(file)).some((r) => r.name === name && r.seed === seed)) continue;
      const data = await fewOf(join(shared, 'x-sdd'), shot, seed);
      const out = join(tmpdir(), 'yosegi-recipes', 'few-run');
      const used = process.cpuUsage();
      await trainRun({
        ...options,
        data,
        out,
        weights: 'box:mobilenetv2-imagenet',
        size,
        valFraction: 0,
        force: true,
        train: { ...train, weightDecay: 0.01, threads: 1, checkpointSeconds: 600, seed },
      });
      const { user, system } = process.cpuUsage(used);
      const { figures } = await evaluateRun(out, { split: 'test' });
      const done: Trained = {
        ...{ name, way, shots: shot, seed, accuracy: figures.accuracy! },
        ...{ processor: Math.round((user + system) / 1e6), machine: await machine(), date: new Date().toISOString() },
      };
      await record<Trained>(file, done);
      console.log(JSON.stringify(done));
      await rm(data, { recursive: true, force: true });
    }

const runs = await recorded<Trained>(file);
for (const name of new Set(runs.map((r) => r.name))) {
  const of = runs.filter((r) => r.name === name).map((r) => r.accuracy);
  console.log(`${name}: ${spreadText(of)} % of ${of.length} seeds`);
}
