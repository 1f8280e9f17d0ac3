import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluateRun } from '../src/run/node/evaluate-run.ts';
import { trainRun } from '../src/run/node/train-run.ts';
import { logTo, machine, shared } from './carry-out.ts';
import { fewOf } from './few.ts';

/**
 * `npx tsx recipes/few-shots.ts`: what one, five and ten pictures a class are worth, as a small difference to the network in the box: a head
 * alone, and low-rank pairs beside the layers, on X-SDD. The pictures are drawn anew for each of five seeds; all are tested on the given
 * test split. Writes recipes/few-shots.json with every run, means and deviations.
 */
const shots = [1, 5, 10] as const;
const seeds = [0, 1, 2, 3, 4];
const ways = {
  head: { probe: true, epochs: 60, batch: 64, lr: 3e-3, weightDecay: 0.01 },
  adapters: { epochs: 30, batch: 16, lr: 2e-3, warmup: 2, weightDecay: 0.01 },
};

const runs: { way: string; shots: number; seed: number; accuracy: number; seconds: number }[] = [];
for (const shot of shots) {
  for (const seed of seeds) {
    const data = await fewOf(join(shared, 'x-sdd'), shot, seed);
    for (const [way, train] of Object.entries(ways)) {
      const out = join(tmpdir(), 'yosegi-recipes', `few-run`);
      const started = performance.now();
      await trainRun({
        data,
        out,
        weights: 'box:mobilenetv2-imagenet',
        size: 224,
        valFraction: 0,
        force: true,
        train: { ...train, seed },
        ...(way === 'adapters' ? { adapters: {} } : { recipe: 'none' }),
      });
      const seconds = Math.round((performance.now() - started) / 1000);
      const { figures } = await evaluateRun(out, { split: 'test' });
      runs.push({ way, shots: shot, seed, accuracy: figures.accuracy!, seconds });
      console.log(JSON.stringify(runs.at(-1)));
    }
    await rm(data, { recursive: true, force: true });
  }
}
const table = shots.flatMap((shot) =>
  Object.keys(ways).map((way) => {
    const of = runs.filter((r) => r.way === way && r.shots === shot).map((r) => r.accuracy);
    const mean = of.reduce((a, b) => a + b, 0) / of.length;
    const deviation = Math.sqrt(of.reduce((s, v) => s + (v - mean) ** 2, 0) / (of.length - 1));
    return { way, shots: shot, mean, deviation };
  }),
);
await logTo('few-shots.json', { machine: await machine(), date: new Date().toISOString(), table, runs });
console.log(JSON.stringify(table, null, 1));
