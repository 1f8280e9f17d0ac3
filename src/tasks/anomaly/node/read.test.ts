import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { list } from '../../../data/node/files.ts';
import { folderOf, picture, png } from '../../../data/testing/folder.ts';
import type { Layout } from '../../layout.ts';
import type { Wish } from '../../node/task.ts';
import { maskOfTarget } from '../../segment/target.ts';
import { type AnomalyTarget, anomalyTarget } from '../target.ts';
import { readAnomaly } from './read.ts';

const [width, height] = [8, 6];
const photo = await png(picture(1, width, height));
type Files = Record<string, Uint8Array | string>;
const photos = (...paths: string[]): Files => Object.fromEntries(paths.map((path) => [path, photo]));
const grey = (values: readonly number[], [w, h] = [width, height]) =>
  sharp(
    Uint8Array.from({ length: w * h }, (_, i) => values[i] ?? 0),
    { raw: { width: w, height: h, channels: 1 } },
  )
    .toColourspace('b-w')
    .png()
    .toBuffer();

async function read(files: Files, wish: Wish = {}): Promise<Layout<AnomalyTarget> | undefined> {
  const dir = await folderOf(files);
  const layout = await readAnomaly({ root: dir, ...(await list(dir)) }, wish);
  for (const { target } of layout?.entries ?? []) anomalyTarget.parse(target);
  return layout;
}

/** Each picture's split, kind of anomaly, and number of anomalous pixels. */
const told = (layout: Layout<AnomalyTarget> | undefined) =>
  Object.fromEntries(
    (layout?.entries ?? []).map(({ path, split, target: { anomalous, kind, mask } }) => {
      const pixels = mask ? ` ${maskOfTarget(mask).data.filter((v) => v === 1).length}` : '';
      return [path, `${split ?? ''}: ${anomalous ? (kind ?? 'bad') : 'good'}${pixels}`];
    }),
  );

const mvtec = photos('train/good/0.png', 'train/good/1.png', 'test/good/0.png', 'test/cut/0.png', 'test/cut/1.png');

describe('folders as MVTec AD has them', () => {
  it('are taken without being asked for, with their masks', async () => {
    const files = { ...mvtec, 'ground_truth/cut/0_mask.png': await grey([255, 255, 0, 255]) };
    const layout = await read(files, { guessed: true });
    expect(layout).toMatchObject({ kind: 'mvtec', classes: ['good', 'anomalous'] });
    expect(told(layout)).toEqual({
      'train/good/0.png': 'train: good',
      'train/good/1.png': 'train: good',
      'test/good/0.png': 'test: good',
      'test/cut/0.png': 'test: cut 3',
      'test/cut/1.png': 'test: cut',
    });
    expect(layout!.remarks).toEqual([expect.stringMatching(/without a mask: 1/)]);
  });

  it('may call good what they like, where one says so', async () => {
    const files = photos('train/ok/0.png', 'test/ok/0.png', 'test/ng/0.png');
    expect(await read(files, { guessed: true })).toBeUndefined();
    expect(told(await read(files, { options: { good: 'ok' } }))['test/ng/0.png']).toBe('test: ng');
  });

  it('are not taken for such where there is nothing to find, or more is trained on', async () => {
    expect(await read(photos('train/good/0.png', 'test/good/0.png'), { guessed: true })).toBeUndefined();
    const two = photos('train/good/0.png', 'train/bad/0.png', 'test/good/0.png', 'test/bad/0.png');
    expect(await read(two, { guessed: true })).toBeUndefined();
    expect(told(await read(two, { options: { good: 'good' } }))['train/bad/0.png']).toBe('train: bad');
  });

  it('name masks that are none, or belong to other pictures', async () => {
    const files = {
      ...mvtec,
      'ground_truth/cut/0_mask.png': 'no picture',
      'ground_truth/cut/1_mask.png': await grey([255], [9, 2]),
    };
    const layout = await read(files);
    expect(Object.keys(told(layout))).not.toContain('test/cut/0.png');
    expect(layout!.remarks.join()).toMatch(/mask that is none: 1.*another shape/s);
    const twice = { ...mvtec, 'ground_truth/cut/0_mask.png': await grey([255, 255], [4, 3]) };
    expect(told(await read(twice))['test/cut/0.png']).toMatch(/test: cut [1-9]/);
  });
});

describe('other folders', () => {
  it('have one class that is good', async () => {
    const files = photos('fine/0.png', 'fine/1.png', 'rust/0.png');
    expect(await read(files, { guessed: true })).toBeUndefined();
    await expect(read(files)).rejects.toThrow(/say which class is good: --good <class>.*fine, rust/);
    await expect(read(files, { options: { good: 'fin' } })).rejects.toThrow(/fine/);
    expect(told(await read(files, { options: { good: 'fine' } }))).toEqual({
      'fine/0.png': ': good',
      'fine/1.png': ': good',
      'rust/0.png': ': rust',
    });
    // To judge by, good ones alone will do.
    const some = await read(photos('fine/0.png'), { options: { good: 'fine' }, classNames: ['good', 'anomalous'] });
    expect(told(some)).toEqual({ 'fine/0.png': ': good' });
  });

  it('have masks, and what is not marked is good', async () => {
    const files = {
      ...photos('images/a.png', 'images/b.png', 'images/c.png'),
      'masks/a.png': await grey([]),
      'masks/b.png': await grey([1, 1, 2]),
      'masks/c.png': await grey([2]),
      'classes.txt': 'background\nscratch\ndent\n',
    };
    expect(told(await read(files))).toEqual({
      'images/a.png': ': good',
      'images/b.png': ': scratch 3',
      'images/c.png': ': dent 1',
    });
  });

  it('have nothing to learn from, or several data sets', async () => {
    const bad = { ...photos('images/a.png'), 'masks/a.png': await grey([1]) };
    await expect(read(bad)).rejects.toThrow(/no good pictures to learn from/);
    const all = photos('nut/train/good/0.png', 'screw/train/good/0.png');
    await expect(read(all)).rejects.toThrow(/several data sets \(nut, screw\): give one of them/);
    expect(await read(photos('a.png'))).toBeUndefined();
  });
});
