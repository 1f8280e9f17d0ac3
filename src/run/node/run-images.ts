import { resolve } from 'node:path';
import { check } from '../../base/errors.ts';
import { sha256Parts } from '../../base/node/sha256.ts';
import type { Dataset, Item } from '../../feed/node/dataset.ts';
import { openListed } from '../../feed/node/listed.ts';
import { readLayout } from '../../tasks/node/read-layout.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Split } from '../../tasks/splits.ts';
import type { JudgedSet } from '../provenance.ts';
import type { Run } from '../records.ts';
import { type SplitChanges, type SplitList, someFiles } from '../split-list.ts';
import { taskOptionsOf } from '../task-options.ts';
import { openDrawnLike } from './drawn.ts';
import { imagesOf } from './run-folder.ts';
import { compareSplit, readSplit, rootOf, sourcesOf } from './split-file.ts';

export interface RunImagesOptions {
  /** Where the images are now; default: where the run found them. */
  readonly data?: string;
  /** Which splits are wanted. */
  readonly of: readonly Split[];
  readonly onScan?: (done: number, total: number) => void;
  /** Hears of files that are gone, changed or new. */
  readonly onNotice?: (message: string) => void;
}

/** Images of a run's own splits. */
export interface RunImages<T> {
  readonly dataset: Dataset<T>;
  /** Pictures of the wanted splits that were left out, being gone or changed. */
  readonly left: Readonly<Record<Split, number>>;
}

const advice = 'say where they are with --data DIR';

/**
 * The images of a run in the splits that were settled when it began; nothing is decoded. Pictures that are gone or changed since are
 * named and left out, new ones are named. A run of an older version, which stored no splits, has them drawn again.
 */
export async function openRunImages<T>(
  folder: string,
  run: Run,
  task: NodeTask<T>,
  options: RunImagesOptions,
): Promise<RunImages<T>> {
  const { of, onScan, onNotice = () => {} } = options;
  const data = await imagesOf(run, options.data, advice);
  const list = await readSplit(folder, run);
  if (!list) return { dataset: await drawnAgain(run, task, data, options), left: { train: 0, val: 0, test: 0 } };
  const root = rootOf(list, data);
  const changes = await compareSplit(list, root, of, await picturesIn(data, run, task), onScan);
  for (const notice of noticesOf(changes)) onNotice(notice);
  const out = new Set([...changes.gone, ...changes.changed]);
  const items = (split: Split) => list.items.filter((item) => of.includes(split) && item.split === split);
  for (const split of of) {
    check(
      items(split).length === 0 || items(split).some(({ path }) => !out.has(path)),
      () =>
        `none of the ${items(split).length} ${split} images of this run is in ${data} as it was: put them back, or say where they are ` +
        'with --data DIR',
    );
  }
  const whole = { ...list, items: list.items.filter((item) => of.includes(item.split) && !out.has(item.path)) };
  const left = (split: Split) => items(split).filter(({ path }) => out.has(path)).length;
  return {
    dataset: await listedDataset(whole, root, run, task),
    left: { train: left('train'), val: left('val'), test: left('test') },
  };
}

/** A data set of everything in a list. */
export async function listedDataset<T>(
  list: SplitList,
  root: string,
  run: Run,
  task: NodeTask<T>,
): Promise<Dataset<T>> {
  const { head, items } = list;
  const sources = await sourcesOf(root, items);
  const all = items.map(({ path, split, target, width, height, pixels }, i) => {
    const item = { path, target: task.target.parse(target), width, height, hash: pixels, source: sources[i]! };
    return { split, item };
  });
  const of = (split: Split) => all.filter((one) => one.split === split).map(({ item }) => item);
  return openListed(
    task,
    {
      name: run.name,
      root,
      layout: head.layout,
      classes: head.classes,
      items: { train: of('train'), val: of('val'), test: of('test') },
      origin: head.origin,
    },
    { background: run.preprocessing.background },
  );
}

/** Whether a folder holds the run's own images, moved or copied: most pictures of these splits are there as they were. */
export async function holdsOwn(folder: string, run: Run, data: string, of: readonly Split[]): Promise<boolean> {
  if (run.data === '') return false;
  if (resolve(run.data) === resolve(data)) return true;
  const list = await readSplit(folder, run);
  if (!list) return false;
  const { gone, changed } = await compareSplit(list, rootOf(list, data), of);
  const all = list.items.filter((i) => of.includes(i.split)).length;
  return 2 * (gone.length + changed.length) < all;
}

/** Sentences on what is no longer as it was. */
function noticesOf({ gone, changed, added }: SplitChanges): string[] {
  return [
    ...(gone.length > 0 ? [`gone since the run began, and left out: ${someFiles(gone)}`] : []),
    ...(changed.length > 0 ? [`changed since the run began, and left out: ${someFiles(changed)}`] : []),
    ...(added.length > 0 ? [newText(added)] : []),
  ];
}

export const newText = (added: readonly string[]): string =>
  `new in the folder since the run began, and used by a new run only: ${someFiles(added)}`;

/** Names of all pictures in the run's folder of images now; files that could not be used when it began are none. */
export async function picturesIn<T>(data: string, run: Run, task: NodeTask<T>): Promise<string[]> {
  const broken = new Set(run.problems.map(({ file }) => file));
  // A folder that no longer looks like a data set has its pictures named one by one, as gone.
  const layout = await readLayout(data, task, { classNames: run.classes, options: taskOptionsOf(run) }).catch(
    () => undefined,
  );
  return layout?.entries.map(({ path }) => path).filter((path) => !broken.has(path)) ?? [];
}

/** What a number about pictures of a run's own split belongs to. */
export const ownSet = (run: Run, split: Split, items: readonly Item[], left: number): JudgedSet => ({
  kind: 'own',
  split,
  images: items.length,
  left,
  list: run.split ?? null,
  hash: itemsHash(items),
});

/** The same of pictures of another folder. */
export function otherSet(
  list: SplitList | undefined,
  data: string,
  part: 'all' | 'val' | 'test',
  items: readonly Item[],
  missing: readonly string[] = [],
): JudgedSet & { kind: 'folder' } {
  const learned = list && new Set(list.items.filter((i) => i.split !== 'test').map((i) => i.pixels));
  return {
    kind: 'folder',
    folder: resolve(data),
    part,
    images: items.length,
    trainedOn: learned ? items.filter(({ hash }) => learned.has(hash)).length : null,
    missing: [...missing],
    hash: itemsHash(items),
  };
}

/** A hash for which pictures were judged: their names and contents. */
const itemsHash = (items: readonly Pick<Item, 'path' | 'hash'>[]): string =>
  sha256Parts(items.map(({ path, hash }) => JSON.stringify([path, hash])).sort());

function drawnAgain<T>(
  run: Run,
  task: NodeTask<T>,
  data: string,
  { onScan, onNotice }: RunImagesOptions,
): Promise<Dataset<T>> {
  onNotice?.(
    'this run is older than stored splits: its images are split again, which is right only if none was added or deleted',
  );
  return openDrawnLike(run, data, task, onScan);
}
