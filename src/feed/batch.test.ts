import { describe, expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { recipe } from '../data/augment/recipe.ts';
import { type Image, image } from '../data/image.ts';
import { fit as fitTo, preprocess, preprocessing } from '../data/preprocess.ts';
import { classify } from '../tasks/classify/classify.ts';
import { evalBatcher, evalBatches, type TrainPlan, trainBatcher, trainBatches, whole } from './batch.ts';
import { encoderFor } from './encode.ts';
import { memoryEvalSource, memoryTrainSource } from './memory.ts';

const p = preprocessing({ size: 8 });
const rng = random(2, 'pictures');
const pictures: Image[] = Array.from({ length: 21 }, () =>
  image(
    12,
    10,
    Uint8Array.from({ length: 360 }, () => rng.below(256)),
  ),
);
const labels = pictures.map((_, i) => (i < 15 ? 0 : i < 19 ? 1 : 2));
const plan: TrainPlan<number> = {
  truths: labels,
  kinds: labels,
  encoder: encoderFor(classify, labels, 3, p, recipe('strong').labelSmoothing),
  batchSize: 4,
  preprocessing: p,
  seed: 6,
  recipe: recipe('strong'),
  sampling: 'shuffle',
};

describe('trainBatcher', () => {
  it('gives any batch of any epoch in isolation, however the pixels come', async () => {
    const at = (i: number) => whole(pictures[i]!);
    const late = async (i: number) => {
      await new Promise((done) => setTimeout(done, (i * 7) % 5));
      return whole(pictures[i]!);
    };
    const walked = trainBatcher(plan);
    for (let epoch = 0; epoch < 3; epoch++) {
      for (let index = 0; index < trainBatches(plan); index++) {
        const batch = await walked(epoch, index, at);
        expect(await trainBatcher(plan)(epoch, index, late)).toEqual(batch);
      }
    }
  });

  it('shows every item once an epoch but the dropped rest, and softens the targets', async () => {
    expect(trainBatches(plan)).toBe(5);
    const batcher = trainBatcher(plan);
    const seen: number[] = [];
    for (let index = 0; index < 5; index++) {
      const batch = await batcher(1, index, (i) => whole(pictures[i]!));
      seen.push(...batch.indices);
      expect(batch.truths).toEqual([...batch.indices].map((i) => labels[i]));
      expect(batch.images.shape).toEqual([4, 3, 8, 8]);
      expect(batch.targets.targets!.shape).toEqual([4, 3]);
      expect(batch.targets.targets!.data.every((t) => t >= 0.1 / 3 - 1e-6)).toBe(true);
    }
    expect(new Set(seen).size).toBe(20);
  });

  it('makes one smaller batch of fewer items than a batch takes', async () => {
    const few = { ...plan, batchSize: 64 };
    expect(trainBatches(few)).toBe(1);
    expect((await trainBatcher(few)(0, 0, (i) => whole(pictures[i]!))).images.shape).toEqual([21, 3, 8, 8]);
  });

  it('varies a repeated item of a balanced epoch each time', async () => {
    const labels = [0, 1, 1, 1, 1, 1, 1, 1];
    const one = {
      ...plan,
      truths: labels,
      kinds: labels,
      batchSize: 8,
      sampling: 'balanced',
      recipe: recipe('light'),
    } as const;
    const batch = await trainBatcher(one)(0, 0, (i) => whole(pictures[i]!));
    const rare = [...batch.indices.keys()].filter((k) => batch.indices[k] === 0);
    expect(rare).toHaveLength(4);
    const versions = rare.map((k) => String(batch.images.data.subarray(k * 192, (k + 1) * 192)));
    expect(new Set(versions).size).toBe(4);
  });

  it('reports a failing picture and a batch that does not exist', async () => {
    const failing = trainBatcher(plan)(0, 0, (i) => Promise.reject(new Error(`cannot read ${i}`)));
    await expect(failing).rejects.toThrow(/cannot read/);
    await expect(trainBatcher(plan)(0, 5, (i) => whole(pictures[i]!))).rejects.toThrow(/batches 0 … 4/);
  });
});

describe('evalBatcher', () => {
  it('gives all items in order, the last batch smaller', async () => {
    expect(evalBatches(plan)).toBe(6);
    const batch = await evalBatcher({ ...plan, encoder: encoderFor(classify, labels, 3, p, 0) })(5, (i) => ({
      ...whole(pictures[i]!),
      image: fitTo(pictures[i]!, p),
    }));
    expect([...batch.indices]).toEqual([20]);
    expect(batch.images).toEqual(preprocess([pictures[20]!], p));
    expect([...batch.targets.targets!.data]).toEqual([0, 0, 1]);
  });
});

describe('memory sources', () => {
  const data = { task: classify, pictures, truths: labels, classes: 3 };
  it('give the same batches as the batchers', async () => {
    const train = memoryTrainSource(data, { ...plan });
    expect([train.length, train.batchesPerEpoch]).toEqual([21, 5]);
    expect(await train.batch(2, 3)).toEqual(await trainBatcher(plan)(2, 3, (i) => whole(pictures[i]!)));
    const test = memoryEvalSource(data, { preprocessing: p, batchSize: 10 });
    expect(test.batchesPerEpoch).toBe(3);
    expect((await test.batch(0, 0)).images).toEqual(preprocess(pictures.slice(0, 10), p));
  });

  it('refuse labels that do not fit', () => {
    expect(() => memoryEvalSource({ ...data, classes: 2 }, { preprocessing: p, batchSize: 1 })).toThrow(
      /shows class 2/,
    );
    expect(() => memoryEvalSource({ ...data, truths: [0] }, { preprocessing: p, batchSize: 1 })).toThrow(/1 targets/);
  });
});
