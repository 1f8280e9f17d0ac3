import { join } from 'node:path';
import { z } from 'zod';
import { check } from '../../../base/errors.ts';
import { readJson } from '../../../base/node/read-json.ts';
import { kindOf, listPictures } from '../../../data/node/files.ts';
import type { Split } from '../../splits.ts';
import type { Entry, Layout } from './read.ts';

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
export async function splitFileLayout(root: string): Promise<Layout> {
  const file = join(root, 'split.json');
  const listed = await readJson(file, splitFileSchema, 'A split file {classes, train, test} is expected.');
  check(listed, () => `${file} cannot be read: it is gone`);
  const { classes, ...lists } = listed;
  check(new Set(classes).size === classes.length, () => `${file} names a class twice`);
  const base = (await holds(join(root, 'images'), lists.train)) ? join(root, 'images') : root;
  const labels = new Map(classes.map((name, label) => [name, label]));
  const seen = new Map<string, Split>();
  const entries: Entry[] = [];
  for (const split of ['train', 'val', 'test'] as const) {
    for (const written of lists[split] ?? []) {
      const path = written.replaceAll('\\', '/').replace(/^\.\//, '');
      const before = seen.get(path);
      check(before === undefined, () => `${file} lists ${path} twice (${before} and ${split})`);
      seen.set(path, split);
      const name = path.split('/').find((part) => labels.has(part));
      check(
        name !== undefined,
        () => `${file} lists ${path}, whose folder is none of the classes ${classes.join(', ')}`,
      );
      entries.push({ path, split, label: labels.get(name)!, source: { kind: 'file', path: join(base, path) } });
    }
  }
  const unlisted = (await listPictures(base)).filter((path) => !seen.has(path));
  const remarks = unlisted.length > 0 ? [`not used: ${unlisted.length} pictures that split.json does not list`] : [];
  return { kind: 'split-file', root: base, classes, entries, remarks };
}

/** Whether one of the first few paths is a file below `base`. */
async function holds(base: string, paths: readonly string[]): Promise<boolean> {
  for (const path of paths.slice(0, 20)) if ((await kindOf(join(base, path))) === 'file') return true;
  return false;
}
