import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { messageOf } from '../base/errors.ts';
import type { Image } from '../data/image.ts';
import { decodeImage } from '../data/node/decode.ts';
import { preprocessing } from '../data/preprocess.ts';
import { memoryEvalSource } from '../feed/memory.ts';
import { graph } from '../graph/graph.ts';
import { input } from '../graph/value.ts';
import { initialValues } from '../nn/init.ts';
import { clipScale, norm } from '../optim/clip.ts';
import { adamW } from '../optim/optimizer.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { classify } from '../tasks/classify/classify.ts';
import { crossEntropy } from '../tasks/classify/cross-entropy.ts';
import { exitsLoss } from '../tasks/classify/exits-loss.ts';
import { trainingGraph } from '../train/graph.ts';
import { trainingStep } from '../train/step.ts';
import { exitsOf } from './model.ts';
import { createModel, modelEntry, modelNames } from './registry.ts';
import { type Small, small } from './testing/small.ts';

/** Real photographs of steel (X-SDD): two kinds of defect, four of each. */
const root = new URL('../../demo/data/x-sdd/', import.meta.url);
const kinds = ['red-iron', 'finishing-roll-printing'];
const each = 4;
const steps = 16;
const warmup = 8;

let pictures: Image[];
beforeAll(async () => {
  const split = JSON.parse(readFileSync(new URL('split.json', root), 'utf8')) as { train: string[] };
  const files = kinds.flatMap((kind) => split.train.filter((f) => f.includes(`${kind}/`)).slice(0, each));
  pictures = await Promise.all(files.map((f) => decodeImage(new URL(`images/${f}`, root).pathname)));
});

/** The training loss on all pictures before the first step and after the last. */
async function losses({
  variant,
  size = 64,
  rate = 1e-3,
  overrides = {},
}: Small): Promise<{ before: number; after: number }> {
  const model = createModel(variant, { size, classes: kinds.length }, overrides);
  const targets = input('targets', 'float32', ['N', kinds.length]);
  const exits = exitsOf(model).map((e) => e.logits);
  const loss = model.exits ? exitsLoss(exits, targets) : crossEntropy(model.logits, targets);
  const step = await trainingStep(await nativeRuntime(), trainingGraph({ loss }), initialValues(graph({ loss }), 0));
  const truths = pictures.map((_, i) => Math.floor(i / each));
  const source = memoryEvalSource(
    { task: classify, pictures, truths, classes: kinds.length },
    { preprocessing: preprocessing({ size }), batchSize: pictures.length },
  );
  const batch = await source.batch(0, 0);
  const run = async (t: number) =>
    (await step.run({ image: batch.images, ...batch.targets }, pictures.length, 0, t)).loss;
  const optimizer = adamW(step.params.length, [{ start: 0, end: step.params.length, weightDecay: 0 }]);
  const before = await run(0);
  for (let t = 1; t <= steps; t++) {
    const scale = clipScale(norm(step.grads.values), 1);
    optimizer.step(step.params.values, step.grads.values, rate * Math.min(1, t / warmup), t, scale);
    if (t < steps) await run(t);
  }
  const after = await run(steps);
  await step.close();
  return { before, after };
}

const families = [...new Set(modelNames().map((name) => modelEntry(name).family))];

/** Whether a family lets its token mixer be chosen. */
function takesMixer(variant: string): boolean {
  try {
    modelEntry(variant).picture({ mixer: 'mrl' });
    return true;
  } catch (error) {
    if (/^unknown option of .* 'mixer'/.test(messageOf(error))) return false;
    throw error;
  }
}

/** Trains, leaves the losses for the compatibility page (`npm run docs:compatibility`), and holds them against each other. */
function trial(family: string, entry: Small, mixer?: string): void {
  it(mixer ? `${family} with the mixer ${mixer}` : family, async ({ task }) => {
    const overrides = { ...entry.overrides, ...(mixer && { mixer }) };
    const { before, after } = await losses({ ...entry, overrides });
    Object.assign(task.meta, { trains: { family, variant: entry.variant, mixer, before, after } });
    expect(after).toBeLessThan(0.8 * before);
  });
}

describe('a few steps on real photographs lower the training loss of', () => {
  for (const family of families) {
    const entry = small[family];
    if (!entry) {
      it(family, () => expect.fail(`nothing is known of '${family}': give it a small variant in trains.test.ts`));
      continue;
    }
    trial(family, entry);
    if (takesMixer(entry.variant)) trial(family, entry, entry.mixer ?? 'mrl');
  }
});

it('knows no family that is not registered', () => {
  expect(Object.keys(small).filter((family) => !families.includes(family))).toEqual([]);
});
