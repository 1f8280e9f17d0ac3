import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { check } from '../../src/base/errors.ts';
import { openDataset } from '../../src/feed/node/dataset.ts';
import { splitOptionsSchema } from '../../src/feed/options.ts';
import { evaluateRun } from '../../src/run/node/evaluate-run.ts';
import { splitHash, splitOf } from '../../src/run/node/split-file.ts';
import { trainRun } from '../../src/run/node/train-run.ts';
import { itemsOf } from '../../src/run/split-list.ts';
import { classify } from '../../src/tasks/classify/node/classify.ts';
import type { Split } from '../../src/tasks/splits.ts';
import { optionsOf, recipe } from './recipe.ts';

/** What came of one training. Shares are 0 … 1. */
const outcomeSchema = z.object({
  set: z.string(),
  seed: z.int(),
  /** Test images. */
  images: z.int(),
  accuracy: z.number(),
  loss: z.number(),
  calibrationError: z.number(),
  /** From 0: whose weights were judged. */
  bestEpoch: z.int(),
  /** Of the training, all epochs and validations. */
  seconds: z.number(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

/** Our side's file. */
export const outcomesSchema = z.object({
  /** Where it was measured, in words. */
  about: z.string(),
  runs: z.array(outcomeSchema),
});
export type Outcomes = z.infer<typeof outcomesSchema>;

/** The figures of a classifier's evaluation that are compared. */
const judged = z.object({ accuracy: z.number(), loss: z.number(), calibrationError: z.number() });

/** Fine-tunes the recipe's network on one set with our public training, and judges the best epoch on its test split. */
export async function outcomeOf(shared: string, out: string, set: string, seed: number): Promise<Outcome> {
  const start = performance.now();
  const { run, result } = await trainRun({
    ...optionsOf(set, seed),
    data: join(shared, set),
    weights: join(shared, recipe.weights),
    out,
    force: true,
    hooks: { onEpoch: (e) => console.error(`${set} ${seed}: epoch ${e.epoch + 1} val ${JSON.stringify(e.val)}`) },
  });
  const seconds = Math.round((performance.now() - start) / 1000);
  const { hash } = await splitFor(shared, set, seed);
  check(run.split === hash, `${set} ${seed}: the run was split in another way than the list for PyTorch says`);
  const { evaluation, images } = await evaluateRun(out, { split: 'test' });
  return { set, seed, images, ...judged.parse(evaluation), bestEpoch: result.best!.epoch, seconds };
}

/** How a run with this seed is split, and the hash of that. */
async function splitFor(shared: string, set: string, seed: number) {
  const data = join(shared, set);
  const drawn = { seed, ...splitOptionsSchema.pick({ valFraction: true, testFraction: true }).parse({}) };
  const dataset = await openDataset(data, classify, drawn);
  try {
    const list = await splitOf(dataset, data, drawn);
    return { list, hash: splitHash(list) };
  } finally {
    await dataset.close();
  }
}

/**
 * Writes which pictures a run trains, validates and tests on, for the other side: {root, classes, train, val, test}; `root` is below the
 * set's folder, each picture [path below root, class].
 */
export async function writeSplitFor(shared: string, set: string, seed: number, file: string): Promise<void> {
  const { list } = await splitFor(shared, set, seed);
  const of = (split: Split) => itemsOf(list, split).map(({ path, target }) => [path, target]);
  const { under: root, classes } = list.head;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ root, classes, train: of('train'), val: of('val'), test: of('test') }));
}
