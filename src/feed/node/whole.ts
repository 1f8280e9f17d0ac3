import { basename, resolve } from 'node:path';
import { check } from '../../base/errors.ts';
import type { Preprocessing } from '../../data/preprocess.ts';
import type { Entry, Layout } from '../../tasks/layout.ts';
import { readLayout } from '../../tasks/node/read-layout.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import { splitDefaults } from '../options.ts';
import { type Dataset, engineFor } from './dataset.ts';
import { sortOut } from './settle.ts';

/** Which part of a folder is judged: all of it, or a split that it comes with. */
type Part = 'all' | 'val' | 'test';

export interface WholeOptions {
  /** Classes of the model that is judged, in its order; the folder may lack some. */
  readonly classes: readonly string[];
  /** The model's classes have no names: those of a folder with as many are taken in order. */
  readonly unnamed?: boolean;
  /** Default: test where the folder comes with one, else val, else all. */
  readonly split?: 'val' | 'test';
  readonly prepare: Preprocessing;
  /** The task's own options, of which some may say how a folder is read. */
  readonly taskOptions?: unknown;
  /** Share of files that may be unusable before opening fails. */
  readonly maxBroken?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Whole<T> {
  /** What is judged stands as its test split. */
  readonly dataset: Dataset<T>;
  readonly part: Part;
  /** Classes without a picture. */
  readonly missing: readonly string[];
  /** Sentences that must be known with the result. */
  readonly remarks: readonly string[];
}

/**
 * Opens a folder of pictures that a model is judged on, and that has nothing to do with what it was trained on: no split is drawn,
 * and classes may be missing.
 * @throws YosegiError where the folder has a class that the model does not know, or too many files cannot be used
 */
export async function openWhole<T>(dir: string, task: NodeTask<T>, options: WholeOptions): Promise<Whole<T>> {
  const { classes, prepare, onProgress, maxBroken = splitDefaults.maxBroken } = options;
  const layout = await readLayout(dir, task, { classNames: classes, options: options.taskOptions });
  const { to, remarks } = numbering(layout, options);
  const { part, entries: chosen } = partOf(layout, options.split);
  const entries = chosen.map((e) => ({ ...e, target: task.renumbered(e.target, to) }));
  const engine = engineFor(entries.length, { background: prepare.background });
  try {
    const looked = await engine.scan(entries, { preprocessing: prepare, uses: entries.map(() => 'eval') }, onProgress);
    // Without classes, as none has to be there.
    const sorted = sortOut({ ...layout, classes: [], entries }, looked, maxBroken, task);
    const items = sorted.items.map(({ given: _, ...item }) => item);
    check(items.length > 0, () => `${layout.root} has no usable pictures`);
    const shown = new Set(items.flatMap(({ target }) => task.shows(target)));
    const dataset: Dataset<T> = {
      task,
      name: basename(resolve(dir)),
      root: layout.root,
      layout: { kind: layout.kind, about: layout.about },
      classes,
      items: { train: [], val: [], test: items },
      origin: { train: 'none', val: 'none', test: 'given' },
      problems: sorted.problems,
      notes: sorted.notes,
      duplicates: [],
      near: [],
      remarks: layout.remarks,
      engine,
      close: () => engine.close(),
    };
    return { dataset, part, missing: classes.filter((_, c) => !shown.has(c)), remarks };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** The number that each of the folder's classes has in the model. */
function numbering<T>(
  { root, classes: theirs }: Layout<T>,
  { classes, unnamed = false }: WholeOptions,
): { to: number[]; remarks: string[] } {
  const own = classes.map((name) => name.normalize('NFC'));
  const to = theirs.map((name) => own.indexOf(name.normalize('NFC')));
  const strange = theirs.filter((_, i) => to[i] === -1);
  if (strange.length === 0) return { to, remarks: [] };
  if (unnamed) {
    check(
      theirs.length === classes.length,
      () =>
        `the model has ${classes.length} classes without names, and ${root} has ${theirs.length} (${theirs.join(', ')}): ` +
        'give one folder for each class, or train the model first',
    );
    const remark = `the model's classes have no names: those of the folder were taken in order, ${theirs.join(', ')}`;
    return { to: theirs.map((_, i) => i), remarks: [remark] };
  }
  check(
    false,
    () =>
      `${root} has ${strange.length === 1 ? 'a class' : 'classes'} that the model does not know: ${strange.join(', ')}. ` +
      `It knows ${classes.join(', ')}: rename the folders, or take them out`,
  );
}

function partOf<T>(
  { root, entries }: Layout<T>,
  split: 'val' | 'test' | undefined,
): { part: Part; entries: readonly Entry<T>[] } {
  for (const one of split ? [split] : (['test', 'val'] as const)) {
    const given = entries.filter((e) => e.split === one);
    if (given.length > 0) return { part: one, entries: given };
  }
  check(split === undefined, () => `${root} does not come with a ${split} split: leave out --split to judge all of it`);
  return { part: 'all', entries };
}
