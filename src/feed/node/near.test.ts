import { expect, it } from 'vitest';
import { image } from '../../data/image.ts';
import { classFiles, folderOf, picture, png } from '../../data/testing/folder.ts';
import { classify } from '../../tasks/classify/node/classify.ts';
import { splits } from '../../tasks/splits.ts';
import { openDataset } from './dataset.ts';
import { describe } from './describe.ts';
import { summarise } from './summary.ts';

/** The same scene again: every byte a little brighter. */
const again = (seed: number, by: number) => {
  const { width, height, data } = picture(seed, 40, 30);
  return png(
    image(
      width,
      height,
      data.map((v) => Math.min(255, v + by)),
    ),
  );
};

it('nearly equal pictures stay on one side of a drawn split, and are told', async () => {
  const files = await classFiles([20, 20]);
  for (let scene = 0; scene < 6; scene++) {
    for (let k = 0; k < 3; k++) files[`a/scene${scene}-${k}.png`] = await again(500 + scene, k);
  }
  const dir = await folderOf(files);
  for (const seed of [0, 1, 2]) {
    const dataset = await openDataset(dir, classify, { workers: 0, seed });
    await dataset.close();
    expect(dataset.near).toHaveLength(6);
    expect(dataset.duplicates).toEqual([]);
    for (const { items } of dataset.near) expect(new Set(items.map(({ split }) => split)).size).toBe(1);
    expect(splits.map((split) => dataset.items[split].length).reduce((a, b) => a + b)).toBe(58);
    expect(describe(summarise(dataset))).toMatch(
      /look-alikes 6 groups of nearly equal pictures \(18 files\), none across/,
    );
  }
});

it('given splits that part them are warned of', async () => {
  const dataset = await openDataset(
    await folderOf({
      ...(await classFiles([9, 9], { prefix: 'train/' })),
      ...(await classFiles([3, 3], { prefix: 'test/', seed: 300 })),
      'train/a/x.png': await again(7, 0),
      'test/a/y.png': await again(7, 1),
    }),
    classify,
    { workers: 0 },
  );
  await dataset.close();
  expect(describe(summarise(dataset))).toMatch(/Nearly the same picture lies in two splits[\s\S]*y\.png \(test\)/);
});
