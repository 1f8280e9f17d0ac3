import { join, posix } from 'node:path';
import { check } from '../../../base/errors.ts';
import { kindOf, listPictures, type Odd } from '../../../data/node/files.ts';
import type { Layout } from '../../layout.ts';
import type { Listing, Wish } from '../../node/task.ts';
import { distillReading } from '../options.ts';

const reading = distillReading.loose();

/**
 * All pictures in a folder and below it, or in some of its folders; what else lies there is nothing to it. Never taken where nobody has
 * said what the data is for.
 * @throws YosegiError where a folder is not there, or has no picture
 */
export async function readPictures({ root }: Listing, wish: Wish = {}): Promise<Layout<null> | undefined> {
  if (wish.guessed) return undefined;
  const { folders } = reading.parse(wish.options ?? {});
  const paths = new Set<string>();
  const odd: Odd[] = [];
  for (const folder of folders.length > 0 ? folders : ['.']) {
    check((await kindOf(join(root, folder))) === 'folder', () => `there is no folder ${join(root, folder)}`);
    const found = await listPictures(join(root, folder), (one) => odd.push(one));
    check(found.length > 0, () => `${join(root, folder)} holds no pictures`);
    for (const path of found) paths.add(posix.join(folder, path));
  }
  return {
    kind: 'pictures',
    about: 'pictures without labels',
    root,
    classes: [],
    entries: [...paths].sort().map((path) => ({
      path,
      target: null,
      source: { kind: 'file', path: join(root, ...path.split('/')) },
    })),
    remarks: odd.map(({ name, what }) => `${name} is ${what}: left out`),
  };
}
