import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recipe } from '../../data/augment/recipe.ts';
import { decodeImage } from '../../data/node/decode.ts';
import { preprocess, preprocessing } from '../../data/preprocess.ts';
import { shrink } from '../../data/resize/shrink.ts';
import { classFiles, folderOf } from '../../data/testing/folder.ts';
import type { Batch, BatchSource } from '../../tasks/batch.ts';
import { classify } from '../../tasks/classify/node/classify.ts';
import { memoryTrainSource } from '../memory.ts';
import { openDataset } from './dataset.ts';
import { evalSource, trainSource } from './loader.ts';

const p = preprocessing({ size: 16, interpolation: 'bilinear', cropPct: 0.9 });
const options = { preprocessing: p, batchSize: 4, seed: 3, recipe: recipe('strong') };

/** Pictures of which training keeps a smaller version: 60×50 for an input of 16. */
const large = { width: 60, height: 50 };

async function walk(source: BatchSource, epochs: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let index = 0; index < source.batchesPerEpoch; index++) batches.push(await source.batch(epoch, index));
  }
  return batches;
}

describe('trainSource', () => {
  it('gives the same batches whatever the workers, the memory and the preparation', async () => {
    const dir = await folderOf(await classFiles([9, 6], large));
    const results: Batch[][] = [];
    for (const settings of [
      { workers: 0 },
      { workers: 1, prepare: p },
      { workers: 2, prepare: p, cacheBytes: 0 },
      { workers: 2, cacheBytes: 12_000 },
    ]) {
      const dataset = await openDataset(dir, classify, settings);
      const source = trainSource(dataset, options);
      results.push(await walk(source, 2));
      await source.close();
      await dataset.close();
    }
    expect(results[0]!.length).toBeGreaterThan(3);
    for (const other of results.slice(1)) expect(other).toEqual(results[0]);
  });

  it('equals the source in memory over the shrunk pictures', async () => {
    const dataset = await openDataset(await folderOf(await classFiles([9, 6], large)), classify, {
      workers: 0,
      prepare: p,
    });
    const items = dataset.items.train;
    const pictures = [];
    for (const { source } of items) pictures.push(shrink(await decodeImage(source.path), 32));
    const truths = items.map(({ target }) => target);
    const expected = memoryTrainSource({ task: classify, pictures, truths, classes: 2 }, options);
    const source = trainSource(dataset, options);
    const [files, memory] = [await walk(source, 2), await walk(expected, 2)];
    // What lies in memory counts as whole; the file knows how large its picture was before it was shrunk.
    expect(files.map((b) => ({ ...b, placements: 0 }))).toEqual(memory.map((b) => ({ ...b, placements: 0 })));
    const { width, height } = await decodeImage(items[0]!.source.path);
    expect(files[0]!.placements.map(({ from }) => from)).toEqual(files[0]!.truths.map(() => [height, width]));
    await dataset.close();
  });

  it('needs the files no more once it was prepared', async () => {
    const dir = await folderOf(await classFiles([9, 6], large));
    const dataset = await openDataset(dir, classify, { workers: 0, prepare: p });
    await rm(dir, { recursive: true });
    const train = await walk(trainSource(dataset, options), 1);
    expect(train.length).toBe(2);
    for (const split of ['val', 'test'] as const) {
      const seen = await walk(evalSource(dataset, split, { preprocessing: p, batchSize: 4 }), 1);
      expect(seen.flatMap(({ indices }) => [...indices])).toEqual([...dataset.items[split].keys()]);
    }
    await dataset.close();
  });

  it('can be entered anywhere, any number of times', async () => {
    const dataset = await openDataset(await folderOf(await classFiles([12, 8])), classify, { workers: 2, prepare: p });
    const source = trainSource(dataset, options);
    const all = await walk(source, 3);
    const batches = source.batchesPerEpoch;
    for (const number of [2 * batches + 1, 0, 5, 5, 1, batches]) {
      expect(await source.batch(Math.floor(number / batches), number % batches)).toEqual(all[number]);
    }
    const together = await Promise.all([source.batch(1, 0), source.batch(0, 1), source.batch(1, 0)]);
    expect(together).toEqual([all[batches], all[1], all[batches]]);
    await expect(source.batch(0, batches)).rejects.toThrow(/there is no batch/);
    await source.close();
    await expect(source.batch(0, 0)).rejects.toThrow(/source is closed/);
    await dataset.close();
  });

  it('hands out ordinary memory, which ONNX Runtime needs', async () => {
    const dataset = await openDataset(await folderOf(await classFiles([5, 5])), classify, { workers: 1 });
    const { images, targets } = await trainSource(dataset, options).batch(0, 0);
    expect(images.data.buffer).toBeInstanceOf(ArrayBuffer);
    expect(images.data.byteLength).toBe(images.data.buffer.byteLength);
    expect(targets.targets!.shape).toEqual([4, 2]);
    await dataset.close();
  });

  it('draws every class equally often when balanced', async () => {
    const dataset = await openDataset(await folderOf(await classFiles([24, 4])), classify, {
      workers: 0,
      testFraction: 0,
      valFraction: 0,
    });
    const source = trainSource(dataset, { ...options, sampling: 'balanced' });
    const labels = (await walk(source, 2)).flatMap((batch) => batch.truths);
    expect(labels.filter((label) => label === 1)).toHaveLength(28);
    await dataset.close();
  });

  it('names a file that has gone since', async () => {
    const dir = await folderOf(await classFiles([4, 4]));
    const dataset = await openDataset(dir, classify, { workers: 1, testFraction: 0, valFraction: 0 });
    await rm(join(dir, 'a/1.png'));
    const source = trainSource(dataset, { ...options, batchSize: 8 });
    await expect(source.batch(0, 0)).rejects.toThrow(/a\/1\.png: there is no such file; it was readable/);
    await dataset.close();
    await expect(source.batch(9, 0)).rejects.toThrow(/data set was closed/);
  });

  it('refuses a preprocessing with another background', async () => {
    const dataset = await openDataset(await folderOf(await classFiles([4, 4])), classify, { workers: 0 });
    const black = preprocessing({ size: 16, background: 'black' });
    expect(() => trainSource(dataset, { ...options, preprocessing: black })).toThrow(
      /background: 'black' to openDataset/,
    );
    await dataset.close();
  });
});

describe('evalSource', () => {
  it('is the evaluation transform of the full pictures, in order, prepared or not', async () => {
    const dir = await folderOf(await classFiles([14, 13], large));
    for (const settings of [{ workers: 1, prepare: p }, { workers: 0 }, { workers: 0, cacheBytes: 0 }]) {
      const dataset = await openDataset(dir, classify, settings);
      for (const split of ['val', 'test', 'train'] as const) {
        const source = evalSource(dataset, split, { preprocessing: p, batchSize: 4 });
        const items = dataset.items[split];
        expect([source.length, source.batchesPerEpoch]).toEqual([items.length, Math.ceil(items.length / 4)]);
        const pictures = await Promise.all(items.map(({ source: { path } }) => decodeImage(path)));
        for (const batch of await walk(source, 2)) {
          const own = [...batch.indices].map((i) => pictures[i]!);
          expect(batch.images).toEqual(preprocess(own, p));
          expect(batch.truths).toEqual([...batch.indices].map((i) => items[i]!.target));
        }
        await source.close();
      }
      await dataset.close();
    }
  });

  it('refuses an empty split', async () => {
    const dataset = await openDataset(await folderOf(await classFiles([4, 4])), classify, {
      workers: 0,
      testFraction: 0,
    });
    expect(() => evalSource(dataset, 'test', { preprocessing: p, batchSize: 4 })).toThrow(/test split is empty/);
    await dataset.close();
  });
});
