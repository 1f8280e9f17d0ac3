import { join, resolve } from 'node:path';
import { check, YosegiError } from '../../base/errors.ts';
import { kindOf, list, listPictures } from '../../data/node/files.ts';
import type { Layout } from '../layout.ts';
import { tasks } from './registry.ts';
import type { Listing, NodeTask, Wish } from './task.ts';

/** How deep folders that hold only one folder are entered. */
const DEEPEST = 3;

/**
 * Finds out how a folder holds a task's data; no flags needed. A folder that holds only one folder is entered.
 * @throws YosegiError that says what was seen and what is expected
 */
export async function readLayout<T>(
  dir: string,
  task: NodeTask<T>,
  wish: Pick<Wish, 'classNames' | 'options'> = {},
): Promise<Layout<T>> {
  const layout = await entered(dir, (folder) => task.read(folder, wish));
  if (!layout) throw await nothingFound(dir, [task]);
  return layout;
}

/**
 * The task that a folder's data is for: the first that can read it without being asked to. Where one says that it is its data, but
 * broken, the others are asked first: folders of pictures and labels look like broken class folders.
 * @throws YosegiError that says what was seen and what is expected
 */
export async function taskOf(dir: string): Promise<NodeTask> {
  let broken: YosegiError | undefined;
  for (const task of tasks) {
    try {
      if (await entered(dir, (folder) => task.read(folder, { guessed: true }))) return task;
    } catch (error) {
      if (!(error instanceof YosegiError)) throw error;
      // The later ones know labels, and say more.
      broken = error;
    }
  }
  throw broken ?? (await nothingFound(dir, tasks));
}

/** Tries a folder, then the only folder in it, and so on. */
async function entered<R>(dir: string, read: (folder: Listing) => Promise<R | undefined>): Promise<R | undefined> {
  const top = resolve(dir);
  check((await kindOf(top)) === 'folder', () => `there is no folder ${top}`);
  let root = top;
  for (let depth = 0; ; depth++) {
    const listing = { root, ...(await list(root)) };
    const found = await read(listing);
    const [only, ...others] = listing.folders;
    if (found || only === undefined || others.length > 0 || depth === DEEPEST) return found;
    root = join(root, only);
  }
}

async function nothingFound(dir: string, expecting: readonly NodeTask[]): Promise<YosegiError> {
  const pictures = (await listPictures(dir)).length;
  const seen = pictures === 0 ? 'no pictures' : `${pictures} pictures, but not as they are expected`;
  const forms = expecting.map(({ name, expects }) => (expecting.length > 1 ? `for ${name}: ${expects}` : expects));
  return new YosegiError(`${resolve(dir)} holds ${seen}. Expected is one of: ${forms.join('. ')}.`);
}
