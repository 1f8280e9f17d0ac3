import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Tensor } from '../base/tensor.ts';
import { recipe } from '../data/augment/recipe.ts';
import { decodeImage } from '../data/node/decode.ts';
import { preprocessing } from '../data/preprocess.ts';
import { memoryTrainSource } from '../feed/memory.ts';
import { classifier } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { initialValues } from '../nn/init.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { classify } from '../tasks/classify/classify.ts';
import { trainOptions } from './options.ts';
import type { Ranks } from './ranks.ts';
import { train } from './trainer.ts';

/** Processes in one: each waits until all have come with their numbers. */
function together(size: number): Ranks[] {
  let waiting: { values: Float32Array; go: () => void }[] = [];
  const sum = (values: Float32Array) =>
    new Promise<void>((go) => {
      waiting.push({ values, go });
      if (waiting.length < size) return;
      const all = waiting;
      waiting = [];
      const total = Float32Array.from(values, (_, i) => all.reduce((s, one) => s + one.values[i]!, 0));
      for (const one of all) {
        one.values.set(total);
        one.go();
      }
    });
  return Array.from({ length: size }, (_, rank) => ({ rank, size, sum }));
}

/** 24 photographs of two kinds of steel defect (X-SDD). */
const root = new URL('../../demo/data/x-sdd/', import.meta.url);
const classes = ['red-iron', 'finishing-roll-printing'];
const split = JSON.parse(readFileSync(new URL('split.json', root), 'utf8')) as { train: string[] };
const files = classes.flatMap((c) => split.train.filter((f) => f.includes(`${c}/`)).slice(0, 12));

it('four processes with two images each come to the weights of one with eight, and all four to the same', async () => {
  const pictures = await Promise.all(files.map((f) => decodeImage(new URL(`images/${f}`, root).pathname)));
  const data = { task: classify, pictures, truths: files.map((_, i) => Math.floor(i / 12)), classes: 2 };
  // Without batch normalisation, whose mean and variance are of what each sees.
  const model = createModel('vit_tiny_patch16_224', { size: 32, classes: 2 }, { depth: 2, width: 48, heads: 3 });
  const network = classify.network(model, {});
  const runtime = await nativeRuntime({ threads: 1 });
  const p = preprocessing({ size: 32 });
  // 3 steps an epoch, 51 in all; varied by the same random numbers wherever an image is seen.
  const options = { epochs: 17, optimizer: 'sgd', lr: 0.02, warmup: 1, clip: 1, checkpointSeconds: 1e9 } as const;
  const trained = async (batch: number, ranks?: Ranks) => {
    const part = ranks && { rank: ranks.rank, size: ranks.size };
    const { weights, history } = await train({
      task: classify,
      network,
      classes,
      runtime,
      options: trainOptions({ ...options, batch }),
      train: memoryTrainSource(data, {
        ...{ preprocessing: p, batchSize: batch, seed: 0, recipe: recipe('light') },
        ...(part && { part }),
      }),
      weights: initialValues(classifier(model), 0),
      ...(ranks && { ranks }),
    });
    return { weights, steps: history.at(-1)!.step, loss: history.map((e) => e.trainLoss) };
  };
  const one = await trained(8);
  const [first, ...others] = await Promise.all(together(4).map((ranks) => trained(2, ranks)));
  await runtime.close();
  expect([one.steps, first!.steps]).toEqual([51, 51]);
  expect(one.loss.at(-1)).toBeLessThan(one.loss[0]!);
  for (const { weights } of others) expect(furthest(weights, first!.weights)).toBe(0);
  expect(furthest(one.weights, first!.weights)).toBeLessThan(1e-6);
});

const furthest = (a: ReadonlyMap<string, Tensor<'float32'>>, b: ReadonlyMap<string, Tensor<'float32'>>): number =>
  Math.max(
    ...[...a].map(([name, { data }]) => data.reduce((m, v, i) => Math.max(m, Math.abs(v - b.get(name)!.data[i]!)), 0)),
  );
