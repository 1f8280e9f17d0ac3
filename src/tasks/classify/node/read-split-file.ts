import { join } from 'node:path';
import { z } from 'zod';
import { check } from '../../../base/errors.ts';
import { readJson } from '../../../base/node/read-json.ts';
import { kindOf, listPictures } from '../../../data/node/files.ts';
import type { Entry, Layout } from '../../layout.ts';
import type { Split } from '../../splits.ts';

const relative = z
  .string()
  .min(1)
  .refine(
    (path) => !/^([/\\]|[a-zA-Z]:)/.test(path) && !path.split(/[/\\]/).includes('..'),
    'must stay inside the folder',
  );

/** split.json: class names, and for each split the pictures' paths relative to the images (or this) folder. */
const splitFileSchema = z.object({
  classes: z.array(z.string().min(1)).min(2),
  train: z.array(relative).min(1),
  val: z.array(relative).optional(),
  test: z.array(relative).optional(),
});

/**
 * Reads `root`/split.json. The class of a picture is the first folder on its path that is a class. Paths are relative
 * to `root`/images or to `root`, whichever holds them.
 * @throws YosegiError when the file does not say what it should
 */
export async function splitFileLayout(root: string): Promise<Layout<number>> {
  const file = join(root, 'split.json');
  const listed = await readJson(file, splitFileSchema, 'A split file {classes, train, test} is expected.');
  check(listed, () => `${file} cannot be read: it is gone`);
  const { train, val, test } = listed;
  const classes = listed.classes.map((name) => name.normalize());
  const labels = new Map(classes.map((name, label) => [name, label]));
  check(labels.size === classes.length, () => `${file} names a class twice`);
  const base = (await holds(join(root, 'images'), train)) ? join(root, 'images') : root;
  const present = await listPictures(base);
  const spelt = spellingsOf(present);
  const seen = new Map<string, Split>();
  const entries: Entry<number>[] = [];
  for (const split of ['train', 'val', 'test'] as const) {
    for (const written of { train, val, test }[split] ?? []) {
      const path = spelt(written.replaceAll('\\', '/').replace(/^(\.\/)+/, ''));
      const before = seen.get(path);
      check(before === undefined, () => `${file} lists ${path} twice (${before} and ${split})`);
      seen.set(path, split);
      const name = path
        .normalize()
        .split('/')
        .find((part) => labels.has(part));
      check(
        name !== undefined,
        () => `${file} lists ${path}, whose folder is none of the classes ${classes.join(', ')}`,
      );
      entries.push({ path, split, target: labels.get(name)!, source: { kind: 'file', path: join(base, path) } });
    }
  }
  const unlisted = present.filter((path) => !seen.has(path));
  const remarks = unlisted.length > 0 ? [`not used: ${unlisted.length} pictures that split.json does not list`] : [];
  return { kind: 'split-file', about: 'split.json', root: base, classes, entries, remarks };
}

/**
 * Finds the path as it is spelt on the disk: a list written on Windows may have é in one character where a Mac's disk has two, or
 * the other way round.
 */
function spellingsOf(present: readonly string[]): (path: string) => string {
  const exact = new Set(present);
  const byForm = new Map(present.map((path) => [path.normalize(), path]));
  return (path) => (exact.has(path) ? path : (byForm.get(path.normalize()) ?? path));
}

/** Whether one of the first few paths is a file below `base`, or its first folder is there in another spelling. */
async function holds(base: string, paths: readonly string[]): Promise<boolean> {
  for (const path of paths.slice(0, 20)) {
    for (const form of [path, path.normalize('NFC'), path.normalize('NFD')]) {
      if ((await kindOf(join(base, form.replaceAll('\\', '/')))) === 'file') return true;
    }
  }
  return false;
}
