import { check, YosegiError } from '../../base/errors.ts';
import { percent } from '../../base/text/percent.ts';
import type { ItemSource } from '../../data/node/source.ts';
import type { Layout } from '../../tasks/layout.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Split } from '../../tasks/splits.ts';
import type { Task } from '../../tasks/task.ts';
import { nearGroups } from '../near.ts';
import { splitDefaults } from '../options.ts';
import { duplicateGroups, type Splittable, stratifiedDraw } from '../split.ts';
import type { Looked, Unusable } from './runner.ts';

/** A usable picture of a data set. */
export interface Item<T = unknown> {
  /** Relative to the data set's root, with '/' between; unique. */
  readonly path: string;
  readonly target: T;
  /** As decoded and turned upright, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Equal for exact duplicates: of the size and the decoded pixels. */
  readonly hash: string;
  /** SHA-256 of the file as it was decoded, where the picture has one of its own. */
  readonly sha256?: string;
  /** Its number in the data set's pixel stores. */
  readonly id: number;
  readonly source: ItemSource;
}

/** A file that cannot be used, and why. */
export interface Problem {
  readonly file: string;
  readonly fault: Unusable['fault'];
  readonly reason: string;
}

/** Something odd about a file that is used nevertheless. */
export interface Note {
  readonly file: string;
  readonly note: string;
}

/** Pictures with exactly the same pixels. */
export interface Duplicates {
  readonly items: readonly { readonly path: string; readonly shows: readonly number[]; readonly split: Split }[];
}

/** Whether a split came with the data, was drawn here, or is empty. */
export type Origin = 'given' | 'drawn' | 'none';

/** An item and the split it was given to, if any. */
type Sorted<T> = Item<T> & { readonly given?: Split };

/**
 * Parts what was looked into into usable items, problems and notes.
 * @throws YosegiError when more than the share `maxBroken` cannot be used, or a class is left without pictures that must train
 */
export function sortOut<T>(
  { entries, classes }: Layout<T>,
  looked: readonly (Looked | Unusable)[],
  maxBroken: number,
  task: Task<T>,
): { items: Sorted<T>[]; problems: Problem[]; notes: Note[] } {
  const items: Sorted<T>[] = [];
  const problems: Problem[] = [];
  const notes: Note[] = [];
  for (const [id, { path, target, split, source }] of entries.entries()) {
    const result = looked[id]!;
    if ('fault' in result) {
      problems.push({ file: path, ...result });
      continue;
    }
    const { width, height, hash, sha256, note } = result;
    items.push({ path, target, width, height, hash, ...(sha256 && { sha256 }), id, source, given: split });
    if (note) notes.push({ file: path, note });
  }
  if (problems.length > maxBroken * entries.length) throw tooMany(problems, entries.length, maxBroken);
  const empty = task.everyClassTrains ? missingFrom(items, classes, task) : [];
  check(empty.length === 0, () => `no usable pictures of ${quoted(empty)}: add some, or take the class out`);
  return { items, problems, notes };
}

function tooMany(problems: readonly Problem[], total: number, maxBroken: number): YosegiError {
  const first = problems.slice(0, 5).map(({ file, reason }) => `\n  ${file}: ${reason}`);
  const more = problems.length > 5 ? `\n  … and ${problems.length - 5} more` : '';
  return new YosegiError(
    `${problems.length} of ${total} pictures cannot be used, more than the ${percent(maxBroken)} that are tolerated:` +
      `${first.join('')}${more}\nRepair or remove them, or tolerate more (--max-broken, maxBroken).`,
  );
}

/** How much goes where, when it has to be drawn. */
export interface Fractions {
  seed?: number;
  valFraction?: number;
  testFraction?: number;
}

/** What a split needs to know of an item that may have one already; `learns`: whether it may be trained on (default). */
type Assignable = Splittable & { readonly given?: Split; readonly learns?: boolean };

/**
 * The split of every item: those that came with the data stay; where there is neither val nor test, test is drawn from
 * train; where there is no val, val is drawn from train. What is left in train and may not be trained on goes to test where that was
 * drawn, else to val.
 */
export function assignSplits(
  all: readonly Assignable[],
  { seed = 0, valFraction = splitDefaults.valFraction, testFraction = splitDefaults.testFraction }: Fractions,
): Split[] {
  const settled: Split[] = all.map(({ given }) => given ?? 'train');
  const draw = (split: Split, fraction: number) => {
    const pool = all.flatMap((item, i) => (settled[i] === 'train' ? [{ ...item, i }] : []));
    for (const k of stratifiedDraw(pool, fraction, seed, split)) settled[pool[k]!.i] = split;
  };
  const drawn = !settled.includes('test') && !settled.includes('val') && testFraction > 0;
  if (drawn) draw('test', testFraction);
  if (!all.some(({ given }) => given === 'val')) draw('val', valFraction);
  return settled.map((split, i) => (split === 'train' && all[i]!.learns === false ? (drawn ? 'test' : 'val') : split));
}

/** Whether a picture of this target may be trained on. */
export const learns = <T>(task: Task<T>, target: T): boolean => task.learnsFrom?.(target) ?? true;

/**
 * Parts the items by split and finds the duplicates. A class with nothing to train on is worth a remark.
 * @throws YosegiError when it is a class that must train
 */
export function settle<T>(
  all: readonly Sorted<T>[],
  { classes }: Layout<T>,
  fractions: Fractions,
  task: NodeTask<T>,
  looked: readonly (Looked | Unusable)[],
): {
  items: Record<Split, Item<T>[]>;
  origin: Record<Split, Origin>;
  duplicates: Duplicates[];
  near: Duplicates[];
  remarks: string[];
} {
  const splittable = all.map((item) => ({
    ...item,
    kind: task.shows(item.target)[0] ?? -1,
    learns: learns(task, item.target),
  }));
  const kin = kinOf(all, looked);
  // Nearly equal pictures go together as equal ones do.
  const settled = assignSplits(
    splittable.map((item, i) => ({ ...item, hash: all[kin[i]!]!.hash })),
    fractions,
  );
  const told = (members: readonly number[]): Duplicates => ({
    items: members.map((i) => ({ path: all[i]!.path, shows: task.shows(all[i]!.target), split: settled[i]! })),
  });
  const items: Record<Split, Item<T>[]> = { train: [], val: [], test: [] };
  for (const [i, { given: _, ...item }] of all.entries()) items[settled[i]!].push(item);
  const given = (split: Split) => all.some((item) => item.given === split);
  const origin = (split: Split): Origin => (items[split].length === 0 ? 'none' : given(split) ? 'given' : 'drawn');
  // Every picture has a background, and what is never trained on is not missed.
  const never = all.filter(({ target }) => !learns(task, target)).flatMap(({ target }) => task.shows(target));
  const bare = missingFrom(items.train, classes, task).filter(
    (name) => name !== classes[task.survey?.background ?? -1] && !never.includes(classes.indexOf(name)),
  );
  check(
    bare.length === 0 || !task.everyClassTrains,
    () => `class '${bare[0]}' has no pictures left to train on: it needs at least one in train`,
  );
  const moved = splittable.filter((one, i) => !one.learns && one.given === 'train' && settled[i] !== 'train').length;
  return {
    items,
    remarks: [
      ...(bare.length > 0 ? [`no picture to train on shows ${quoted(bare)}`] : []),
      ...(moved > 0 ? [`given for training, but none to learn from, so kept for validation: ${moved}`] : []),
    ],
    origin: { train: given('train') ? 'given' : 'drawn', val: origin('val'), test: origin('test') },
    duplicates: duplicateGroups(splittable).map(({ members }) => told(members)),
    near: duplicateGroups(splittable.map((item, i) => ({ ...item, hash: String(kin[i]) })))
      .filter(({ members }) => new Set(members.map((i) => all[i]!.hash)).size > 1)
      .map(({ members }) => told(members)),
  };
}

/** For each item, the first one that it is equal or nearly equal to. */
function kinOf(all: readonly Item[], looked: readonly (Looked | Unusable)[]): number[] {
  const seen = all.map(({ id }) => {
    const one = looked[id]!;
    check(!('fault' in one), 'only pictures that can be used are compared');
    return one;
  });
  return nearGroups(
    seen.map(({ grey }) => grey),
    seen.map(({ colour }) => colour),
  );
}

const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');

/** Names of the classes that no item shows. */
function missingFrom<T>(items: readonly Item<T>[], classes: readonly string[], task: Task<T>): string[] {
  const shown = new Set(items.flatMap(({ target }) => task.shows(target)));
  return classes.filter((_, c) => !shown.has(c));
}
