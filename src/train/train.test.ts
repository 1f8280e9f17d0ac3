import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../base/tensor.ts';
import { recipe } from '../data/augment/recipe.ts';
import { decodeImage } from '../data/node/decode.ts';
import { preprocessing } from '../data/preprocess.ts';
import { memoryEvalSource, memoryTrainSource } from '../feed/memory.ts';
import { classifier } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { initialValues } from '../nn/init.ts';
import { openRuntime } from '../runtime/node/open.ts';
import { classify } from '../tasks/classify/classify.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import type { TrainingJob } from './job.ts';
import { trainOptions } from './options.ts';
import { train } from './trainer.ts';

/** Training on a few real photographs of steel (X-SDD): two classes, 24 images. */
const root = new URL('../../demo/data/x-sdd/', import.meta.url);
const split = JSON.parse(readFileSync(new URL('split.json', root), 'utf8')) as { train: string[] };
const classes = ['red-iron', 'finishing-roll-printing'];
const files = classes.flatMap((c) => split.train.filter((f) => f.includes(`${c}/`)).slice(0, 12));
const p = preprocessing({ size: 32 });
const small = { stem: 8, widths: [8, 16, 24, 32], layout: 'C|CT|CT|CT', headDim: 8 };

let job: TrainingJob<number>;
beforeAll(async () => {
  const images = await Promise.all(files.map((f) => decodeImage(new URL(`images/${f}`, root).pathname)));
  const truths = files.map((_, i) => Math.floor(i / 12));
  const data = { task: classify, pictures: images, truths, classes: 2 };
  const model = createModel('ascan-micro', { size: 32, classes: 2, dropPath: 0.1, dropRate: 0.1 }, small);
  job = {
    task: classify,
    network: classify.network(model, {}),
    classes,
    runtime: await openRuntime({ worker: true }),
    options: trainOptions({ epochs: 12, batch: 8, lr: 3e-3, warmup: 1, ema: 0.9, checkpointSeconds: 1e9 }),
    train: memoryTrainSource(data, { preprocessing: p, batchSize: 8, seed: 0, recipe: recipe('light') }),
    val: memoryEvalSource(data, { preprocessing: p, batchSize: 16 }),
    weights: initialValues(classifier(model), 0),
    fingerprint: 'test',
  };
  return () => job.runtime.close();
});

/** Runs until `stopAfter` steps and gives what was saved. */
async function part(options: Partial<TrainingJob<number>>, stopAfter = Number.POSITIVE_INFINITY) {
  const stop = new AbortController();
  let saved: Checkpoint | undefined;
  const result = await train({
    ...job,
    ...options,
    signal: stop.signal,
    onStep: (e) => e.step >= stopAfter && stop.abort(),
    save: async (c) => {
      saved = decodeCheckpoint(encodeCheckpoint(c), 'test');
    },
  });
  return { result, saved: saved! };
}

const sameBits = (a: ReadonlyMap<string, Tensor>, b: ReadonlyMap<string, Tensor>) => {
  expect([...a.keys()]).toEqual([...b.keys()]);
  for (const [name, t] of a)
    expect(
      Buffer.from(t.data.buffer, t.data.byteOffset, t.data.byteLength).equals(
        Buffer.from(b.get(name)!.data.buffer, b.get(name)!.data.byteOffset, t.data.byteLength),
      ),
      name,
    ).toBe(true);
};

describe('training', () => {
  it('learns two kinds of steel defect', async () => {
    const { result } = await part({ options: trainOptions({ ...job.options, epochs: 25 }) });
    const [first, last] = [result.history[0]!, result.history.at(-1)!];
    expect(last.trainLoss).toBeLessThan(0.85 * first.trainLoss);
    expect(result.best?.figures.accuracy).toBeGreaterThanOrEqual(0.9);
  });

  it('goes on after a stop in the middle of an epoch to the same weights, bit for bit', async () => {
    const options = trainOptions({ ...job.options, epochs: 3 });
    const whole = await part({ options });
    const first = await part({ options }, 4);
    expect(first.result.reason).toBe('stopped');
    expect(first.saved.progress).toMatchObject({ step: 4, epoch: 1, batch: 1 });
    const second = await part({ options, resume: first.saved });
    expect(second.result.reason).toBe('finished');
    sameBits(second.result.weights, whole.result.weights);
    sameBits(second.saved.tensors, whole.saved.tensors);
  });

  it('gives the same weights with recomputed activations, up to rounding', async () => {
    // Not Adam: it blows rounding up where a gradient is next to nothing.
    const options = trainOptions({ ...job.options, optimizer: 'sgd', lr: 0.01, epochs: 1 });
    const plain = await part({ options });
    const again = await part({ options: { ...options, recompute: true } });
    for (const [name, t] of plain.result.weights) {
      const other = again.result.weights.get(name)!.data;
      const worst = t.data.reduce((w, v, i) => Math.max(w, Math.abs(v - other[i]!)), 0);
      expect(worst, name).toBeLessThan(1e-5);
    }
  });

  it('keeps within a budget of memory, measured before the first step, and learns the same', async () => {
    const options = trainOptions({ ...job.options, optimizer: 'sgd', lr: 0.01, epochs: 1, memory: '1000GB' });
    const notices: string[] = [];
    const onNotice = (text: string) => void notices.push(text);
    const wide = await part({ options, meter: () => 1e9, onNotice });
    expect(notices).toEqual([
      expect.stringMatching(/^memory: 954 MiB at most in a step of 8, .*nothing is computed twice$/),
    ]);
    // Of which a step may take one megabyte.
    const tight = await part({ options: { ...options, memory: '1001MB' }, meter: () => 1e9, onNotice });
    expect(notices[1]).toMatch(/% of its work is done twice/);
    for (const [name, t] of wide.result.weights) {
      const other = tight.result.weights.get(name)!.data;
      expect(
        t.data.reduce((w, v, i) => Math.max(w, Math.abs(v - other[i]!)), 0),
        name,
      ).toBeLessThan(1e-5);
    }
    await expect(part({ options })).rejects.toThrow(/leave out the option memory/);
  });

  it('leaves frozen layers and their statistics as they are', async () => {
    const trainable = (name: string) =>
      name.startsWith('head') || name.startsWith('stages.3') || name.startsWith('norm');
    const { result } = await part({ options: trainOptions({ ...job.options, epochs: 1 }), trainable });
    expect(result.weights.get('stem.conv1.weight')!.data).toEqual(job.weights.get('stem.conv1.weight')!.data);
    expect(result.weights.get('head.fc.weight')!.data).not.toEqual(job.weights.get('head.fc.weight')!.data);
    expect(result.weights.size).toBe(job.weights.size);
  });

  it('says so when training diverges', async () => {
    const options = trainOptions({ ...job.options, optimizer: 'sgd', lr: 100, clip: 0, epochs: 20, warmup: 0, ema: 0 });
    const notices: string[] = [];
    await expect(part({ options, onNotice: (m) => notices.push(m) })).rejects.toThrow(/training diverged.*lower --lr/s);
    expect(notices[0]).toMatch(/the loss is/);
  });

  it('refuses a checkpoint of another run', async () => {
    const { saved } = await part({ options: trainOptions({ ...job.options, epochs: 1 }) });
    expect(() => decodeCheckpoint(encodeCheckpoint(saved), 'other')).toThrow(/other data, model or options/);
  });
});
