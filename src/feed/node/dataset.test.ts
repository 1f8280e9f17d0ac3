import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../base/node/sha256.ts';
import { classFiles, folderOf, jpeg, picture, png } from '../../data/testing/folder.ts';
import { classify } from '../../tasks/classify/node/classify.ts';
import { splits } from '../../tasks/splits.ts';
import { type Dataset, type DatasetOptions, openDataset } from './dataset.ts';

async function opened(dir: string, options: DatasetOptions = {}): Promise<Dataset> {
  const dataset = await openDataset(dir, classify, { workers: 0, ...options });
  await dataset.close();
  return dataset;
}

function counts({ items }: Dataset): number[] {
  return splits.map((split) => items[split].length);
}

function paths({ items }: Dataset): string[][] {
  return splits.map((split) => items[split].map(({ path }) => path));
}

describe('openDataset: layouts', () => {
  it('class folders, split by seed and stratified', async () => {
    const dir = await folderOf({ ...(await classFiles([30, 20])), 'README.md': 'hello', 'a/notes.txt': 'no picture' });
    const dataset = await opened(dir);
    expect(dataset.layout.kind).toBe('class-folders');
    expect(dataset.classes).toEqual(['a', 'b']);
    expect(counts(dataset)).toEqual([36, 4, 10]);
    expect(dataset.origin).toEqual({ train: 'drawn', val: 'drawn', test: 'drawn' });
    expect(paths(await opened(dir))).toEqual(paths(dataset));
    expect(paths(await opened(dir, { workers: 2 }))).toEqual(paths(dataset));
    expect(paths(await opened(dir, { seed: 1 }))).not.toEqual(paths(dataset));
    expect(counts(await opened(dir, { testFraction: 0, valFraction: 0.5 }))).toEqual([25, 25, 0]);
    const [first] = dataset.items.train;
    expect(first).toMatchObject({ width: 24, height: 20, sha256: sha256(await readFile(first!.source.path)) });
  });

  it('train, validation and test folders, however they are spelt', async () => {
    const dir = await folderOf({
      ...(await classFiles([4, 3], { prefix: 'Train/', seed: 0 })),
      ...(await classFiles([1, 2], { prefix: 'validation/', seed: 100 })),
      ...(await classFiles([2, 2], { prefix: 'test/', seed: 200 })),
    });
    const dataset = await opened(dir);
    expect(dataset.layout.kind).toBe('split-folders');
    expect(counts(dataset)).toEqual([7, 3, 4]);
    expect(dataset.origin).toEqual({ train: 'given', val: 'given', test: 'given' });
    expect(dataset.items.val.map(({ path, target }) => [path, target])).toEqual([
      ['validation/a/0.png', 0],
      ['validation/b/0.png', 1],
      ['validation/b/1.png', 1],
    ]);
  });

  it('train and test folders: val is drawn from train', async () => {
    const dir = await folderOf({
      ...(await classFiles([20, 20], { prefix: 'train/', seed: 0 })),
      ...(await classFiles([2, 2], { prefix: 'test/', seed: 200 })),
    });
    const dataset = await opened(dir);
    expect(counts(dataset)).toEqual([36, 4, 4]);
    expect(dataset.origin).toEqual({ train: 'given', val: 'drawn', test: 'given' });
  });

  it('split.json, with the pictures in images/ or beside it', async () => {
    const split = { classes: ['b', 'a'], train: ['b/0.png', 'b/1.png', 'a/0.png', 'a/1.png'], test: ['a/2.png'] };
    for (const prefix of ['images/', '']) {
      const dir = await folderOf({ ...(await classFiles([3, 3], { prefix })), 'split.json': JSON.stringify(split) });
      const dataset = await opened(dir, { valFraction: 0 });
      expect(dataset.layout.kind).toBe('split-file');
      expect(dataset.classes).toEqual(['b', 'a']);
      expect(paths(dataset)).toEqual([split.train, [], ['a/2.png']]);
      expect(dataset.items.test[0]!.target).toBe(1);
      expect(dataset.remarks).toEqual(['not used: 1 pictures that split.json does not list']);
    }
  });

  it('IDX files, plain and gzip', async () => {
    const idx = (dims: number[], values: number[]) =>
      Uint8Array.from([0, 0, 8, dims.length, ...dims.flatMap((d) => [0, 0, 0, d]), ...values]);
    const pixels = (count: number, seed: number) => Array.from({ length: count * 6 }, (_, i) => (i * 37 + seed) % 256);
    const dir = await folderOf({
      'train-images-idx3-ubyte.gz': gzipSync(idx([8, 2, 3], pixels(8, 1))),
      'train-labels-idx1-ubyte.gz': gzipSync(idx([8], [0, 1, 0, 1, 0, 1, 0, 1])),
      't10k-images-idx3-ubyte': idx([2, 2, 3], pixels(2, 5)),
      't10k-labels-idx1-ubyte': idx([2], [1, 0]),
      'classes.txt': 'shirt\nshoe\n',
    });
    const dataset = await opened(dir, { valFraction: 0.25 });
    expect(dataset.layout.kind).toBe('idx');
    expect(dataset.classes).toEqual(['shirt', 'shoe']);
    expect(counts(dataset)).toEqual([6, 2, 2]);
    expect(dataset.items.test.map(({ path, target }) => [path, target])).toEqual([
      ['t10k-images-idx3-ubyte#0', 1],
      ['t10k-images-idx3-ubyte#1', 0],
    ]);
    await expect(opened(dir, { classNames: ['one'] })).rejects.toThrow(/2 class names are needed, not 1/);
  });

  it('a folder inside the folder', async () => {
    const dir = await folderOf({ ...(await classFiles([4, 4], { prefix: 'unpacked/data/' })), LICENSE: 'x' });
    expect((await opened(dir)).classes).toEqual(['a', 'b']);
  });

  it('says what was seen and what is expected', async () => {
    const flat = await folderOf({ '1.png': await png(picture(1)), '2.png': await png(picture(2)) });
    await expect(opened(flat)).rejects.toThrow(
      /holds 2 pictures, but not as they are expected. Expected is one of: DIR.<class>/,
    );
    const masks = await folderOf({ 'images/1.png': await png(picture(1)), 'masks/1.png': await png(picture(2)) });
    await expect(opened(masks)).rejects.toThrow(/not as they are expected/);
    await expect(opened('/nowhere')).rejects.toThrow(/there is no folder/);
    const strange = await folderOf({
      ...(await classFiles([2, 2], { prefix: 'train/' })),
      'test/t_shirt/0.png': await png(picture(3)),
    });
    await expect(opened(strange)).rejects.toThrow(/class 't_shirt' has no pictures in the train folder/);
  });

  it('checks a split file', async () => {
    const withSplit = async (split: unknown) =>
      folderOf({
        ...(await classFiles([2, 2])),
        'split.json': typeof split === 'string' ? split : JSON.stringify(split),
      });
    const classes = ['a', 'b'];
    const refused = async (split: unknown) => opened(await withSplit(split));
    await expect(refused('{')).rejects.toThrow(/split\.json is not JSON/);
    await expect(refused({ classes, train: ['../../etc/a/0.png'] })).rejects.toThrow(/must stay inside the folder/);
    await expect(refused({ classes, train: ['a/0.png', 'a/0.png'] })).rejects.toThrow(/lists a\/0\.png twice/);
    await expect(refused({ classes, train: ['c/0.png'] })).rejects.toThrow(/none of the classes a, b/);
    await expect(refused({ train: ['a/0.png'] })).rejects.toThrow(
      /split\.json is not what [\s\S]*classes[\s\S]*A split file/,
    );
  });
});

describe('openDataset: what is wrong with files', () => {
  it('lists broken files with the reason and goes on with the rest', async () => {
    const whole = await jpeg(picture(5, 100, 100));
    const dir = await folderOf({
      ...(await classFiles([6, 6])),
      'a/cut.jpg': whole.subarray(0, whole.length / 2),
      'a/empty.png': '',
      'b/page.jpg': '<html>',
      'b/misnamed.jpg': await png(picture(77)),
      'b/bare': await png(picture(78)),
    });
    const dataset = await opened(dir, { maxBroken: 0.3 });
    expect(dataset.problems).toMatchObject([
      { file: 'a/cut.jpg', fault: 'broken' },
      { file: 'a/empty.png', fault: 'empty' },
      { file: 'b/page.jpg', fault: 'not-an-image' },
    ]);
    expect(dataset.notes).toEqual([
      { file: 'b/bare', note: 'is PNG but named without extension' },
      { file: 'b/misnamed.jpg', note: 'is PNG but named .jpg' },
    ]);
    expect(counts(dataset).reduce((a, b) => a + b)).toBe(14);
    await expect(opened(dir)).rejects.toThrow(
      /3 of 17 pictures cannot be used[\s\S]*a\/cut\.jpg: cut short: the end of the file is missing/,
    );
  });

  it('names a class that has no usable picture', async () => {
    const dir = await folderOf({ ...(await classFiles([20])), 'b/0.png': '' });
    await expect(opened(dir)).rejects.toThrow(/no usable pictures of 'b'/);
  });

  it('remarks on a class with nothing to train on where not every class has to', async () => {
    const task = { ...classify, everyClassTrains: false };
    const remarks = async (files: Record<string, Uint8Array | string>) => {
      const dataset = await openDataset(await folderOf(files), task, { workers: 0 });
      await dataset.close();
      return dataset.remarks;
    };
    const two = await classFiles([20, 20]);
    expect(await remarks(two)).toEqual([]);
    const broken = { ...(await classFiles([40])), 'b/0.png': '', 'c/0.png': '' };
    expect(await remarks(broken)).toEqual(["no picture to train on shows 'b', 'c'"]);
  });

  it('finds exact duplicates by their pixels and never splits them', async () => {
    const files = await classFiles([12, 12]);
    const twin = picture(500);
    for (const name of ['a/x.png', 'a/y.png', 'b/z.png']) files[name] = await png(twin);
    const dir = await folderOf(files);
    for (let seed = 0; seed < 5; seed++) {
      const dataset = await opened(dir, { seed });
      expect(dataset.duplicates).toHaveLength(1);
      const { items } = dataset.duplicates[0]!;
      expect(items.map(({ path }) => path)).toEqual(['a/x.png', 'a/y.png', 'b/z.png']);
      expect(new Set(items.map(({ split }) => split)).size).toBe(1);
    }
  });

  it('reports progress to the end', async () => {
    const dir = await folderOf(await classFiles([30, 30], { width: 4, height: 4 }));
    const seen: number[] = [];
    await opened(dir, { onProgress: (done, total) => seen.push(done, total) });
    expect(seen.slice(0, 2)).toEqual([0, 60]);
    expect(seen.slice(-2)).toEqual([60, 60]);
  });
});
