import { readFile, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import pMap from 'p-map';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import { isMissing } from '../../base/node/missing.ts';
import { sha256Parts } from '../../base/node/sha256.ts';
import { type ItemSource, readIdx } from '../../data/node/source.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import { type Split, splits } from '../../tasks/splits.ts';
import { checksum } from '../../weights/node/files.ts';
import type { Run } from '../records.ts';
import {
  parseSplit,
  SPLIT_FILE,
  type SplitChanges,
  type SplitHead,
  type SplitItem,
  type SplitList,
  splitParts,
  splitText,
  withReplaced,
} from '../split-list.ts';

/** Largest list that is read: about two million pictures. */
const MOST_BYTES = 480e6;
/** Files that are hashed at the same time. */
const LANES = 6;

/** The list of a data set as it was just opened and split. */
export async function splitOf(dataset: Dataset, data: string, drawn: SplitHead['drawn']): Promise<SplitList> {
  const { root, task, layout, classes, origin } = dataset;
  const files = new Map<string, string>();
  const all = splits.flatMap((split) => dataset.items[split].map((item) => ({ split, item })));
  const hashed = async ({ split, item }: (typeof all)[number]): Promise<SplitItem> => {
    const { path, target, width, height, hash, source, sha256 } = item;
    const file = slashed(relative(root, source.path));
    const common = { path, split, target, width, height, pixels: hash };
    if (source.kind === 'idx') {
      if (!files.has(file)) files.set(file, await fileHash(source.path));
      return { ...common, file, index: source.index };
    }
    return { ...common, sha256: sha256 ?? (await fileHash(source.path)), ...(file !== path && { file }) };
  };
  const items = await pMap(all, hashed, { concurrency: LANES });
  const head: SplitHead = {
    format: 1,
    kind: 'yosegi-split',
    task: task.name,
    layout: { ...layout },
    under: slashed(relative(resolve(data), root)),
    classes: [...classes],
    origin: { ...origin },
    drawn: { ...drawn },
    files: Object.fromEntries(files),
  };
  return { head, items };
}

/** Hash that stands for a whole list. */
export const splitHash = (list: SplitList): string => sha256Parts(splitParts(list));

export const writeSplit = (folder: string, list: SplitList): Promise<void> =>
  atomicWrite(join(folder, SPLIT_FILE), splitText(list));

/**
 * The list in a run folder, as `run` says it is now; undefined for a run of an older version, which has none.
 * @throws YosegiError where it is gone, or not the one that the run began with
 */
export async function readSplit(
  folder: string,
  { split: hash, replaced }: Pick<Run, 'split' | 'replaced'>,
): Promise<SplitList | undefined> {
  if (hash === undefined) return undefined;
  const path = join(folder, SPLIT_FILE);
  const advice =
    'it says which images were trained on, and without it no number of this run means anything: train anew';
  let text: string;
  try {
    const { size } = await stat(path);
    check(size <= MOST_BYTES, () => `${path} has ${size} bytes, at most ${MOST_BYTES} are read`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) throw new YosegiError(`${path} is gone; ${advice}`);
    throw new YosegiError(`cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
  const list = parseSplit(text, path);
  check(splitHash(list) === hash, () => `${path} was changed since the run began; ${advice}`);
  return withReplaced(list, replaced);
}

/** The folder that the paths of a list are relative to, when the images lie in `data`. */
export const rootOf = ({ head }: SplitList, data: string): string => join(data, head.under);

/** The file that an item's pixels are in. */
const fileOf = (root: string, { path, file = path }: SplitItem): string => join(root, ...file.split('/'));

/** Where the pixels of items are; files that hold many pictures are read, once each. */
export async function sourcesOf(root: string, items: readonly SplitItem[]): Promise<ItemSource[]> {
  const loaded = new Map<string, Awaited<ReturnType<typeof readIdx>>>();
  const sources: ItemSource[] = [];
  for (const item of items) {
    const path = fileOf(root, item);
    if (item.index === undefined) sources.push({ kind: 'file', path });
    else {
      const idx = loaded.get(path) ?? (await readIdx(path));
      loaded.set(path, idx);
      sources.push({ kind: 'idx', path, index: item.index, idx });
    }
  }
  return sources;
}

/**
 * What of the list's splits is no longer as it was in `root`: every file of them is read and hashed, nothing is decoded. `there`
 * names all pictures that are in the folder now.
 */
export async function compareSplit(
  list: SplitList,
  root: string,
  of: readonly Split[],
  there: readonly string[] = [],
  onProgress?: (done: number, total: number) => void,
): Promise<SplitChanges> {
  const items = list.items.filter(({ split }) => of.includes(split));
  const containers = new Map<string, Promise<string | undefined>>();
  let done = 0;
  const stateOf = async (item: SplitItem) => {
    const path = fileOf(root, item);
    const known = item.sha256 ?? list.head.files[item.file ?? item.path];
    let hash: Promise<string | undefined>;
    if (item.index === undefined) hash = hashIfThere(path);
    else {
      hash = containers.get(path) ?? hashIfThere(path);
      containers.set(path, hash);
    }
    const now = await hash;
    onProgress?.(++done, items.length);
    return now === undefined ? 'gone' : now === known ? 'same' : 'changed';
  };
  const states = await pMap(items, stateOf, { concurrency: LANES });
  const in_ = (state: string) => items.flatMap(({ path }, i) => (states[i] === state ? [path] : []));
  const known = new Set(list.items.map(({ path }) => path));
  return { gone: in_('gone'), changed: in_('changed'), added: there.filter((path) => !known.has(path)) };
}

const slashed = (path: string) => path.split(sep).join('/');

const hashIfThere = (path: string): Promise<string | undefined> =>
  fileHash(path).catch((error) => {
    if (isMissing(error)) return undefined;
    throw error;
  });

/** SHA-256 of an ordinary file, read piece by piece. */
export async function fileHash(path: string): Promise<string> {
  try {
    // Asked before opening: opening a pipe would wait for somebody to write into it.
    check((await stat(path)).isFile(), 'it is no ordinary file');
  } catch (error) {
    throw new YosegiError(`cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
  return checksum(path);
}
