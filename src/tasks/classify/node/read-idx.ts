import { join } from 'node:path';
import { check } from '../../../base/errors.ts';
import { readText } from '../../../base/node/bounded.ts';
import type { Idx } from '../../../data/formats/idx.ts';
import { readIdx } from '../../../data/node/source.ts';
import type { Layout } from '../../layout.ts';
import type { Split } from '../../splits.ts';

/** train-images-idx3-ubyte, t10k-images.idx3-ubyte.gz, emnist-letters-test-images-idx3-ubyte … */
const pattern = /(train|t10k|test|valid|val)([-_.])images([-_.])idx([34])([-_.]ubyte)?(\.gz)?$/i;

/**
 * IDX files (MNIST, Fashion-MNIST; plain or gzip): a pair of images and labels for each split. Class names come from
 * `classNames`, from a classes.txt beside the files (one a line), or are the numbers.
 * @throws YosegiError when labels are missing or do not fit
 */
export async function idxLayout(
  root: string,
  files: readonly string[],
  classNames?: readonly string[],
): Promise<Layout<number> | undefined> {
  const parts: { split: Split; file: string; idx: Idx; labels: Uint8Array }[] = [];
  for (const file of files) {
    const match = pattern.exec(file);
    if (!match) continue;
    const word = match[1]!.toLowerCase();
    const split = word === 'train' ? 'train' : word.startsWith('val') ? 'val' : 'test';
    check(!parts.some((p) => p.split === split), () => `${root} has more than one IDX file of ${split} pictures`);
    const idx = await readIdx(join(root, file));
    parts.push({ split, file, idx, labels: await labelsFor(root, file, idx, files) });
  }
  if (parts.length === 0) return undefined;
  check(
    parts.some(({ split }) => split === 'train'),
    () => `${root} has IDX files but no train-images-idx3-ubyte(.gz)`,
  );
  const highest = parts.reduce((most, { labels }) => labels.reduce((a, b) => Math.max(a, b), most), 0);
  const names = classNames ?? (await classesFile(root, files)) ?? Array.from({ length: highest + 1 }, (_, i) => `${i}`);
  check(
    names.length > highest && names.length >= 2,
    () =>
      `the IDX labels of ${root} go up to ${highest}, so ${highest + 1} class names are needed, not ${names.length}`,
  );
  return {
    kind: 'idx',
    about: 'IDX files',
    root,
    classes: names,
    remarks: [],
    entries: parts.flatMap(({ split, file, idx, labels }) =>
      Array.from(labels, (label, index) => ({
        path: `${file}#${index}`,
        split,
        target: label,
        source: { kind: 'idx', path: join(root, file), index, idx } as const,
      })),
    ),
  };
}

/** The labels that belong to a file of pictures, one for each. */
async function labelsFor(root: string, file: string, idx: Idx, files: readonly string[]): Promise<Uint8Array> {
  const [images] = idx.shape;
  const stem = (name: string) =>
    name
      .toLowerCase()
      .replace(/\.gz$/, '')
      .replace(/images/, 'labels')
      .replace(/idx[1-4]/, 'idx1');
  const partner = files.find((other) => other !== file && stem(other) === stem(file));
  check(partner !== undefined, () => `${join(root, file)} has no labels beside it (${stem(file)})`);
  const { shape, data } = await readIdx(join(root, partner));
  check(
    shape.length === 1 && shape[0] === images,
    () => `${join(root, partner)} has shape [${shape}], but ${file} holds ${images} pictures`,
  );
  return data;
}

async function classesFile(root: string, files: readonly string[]): Promise<string[] | undefined> {
  if (!files.includes('classes.txt')) return undefined;
  const text = await readText(join(root, 'classes.txt'));
  return text
    .split(/\r\n|[\r\n]/)
    .map((line) => line.trim().normalize())
    .filter((line) => line !== '');
}
