import type { Split } from '../../tasks/splits.ts';
import { splits } from '../../tasks/splits.ts';
import type { SurveyTable } from '../../tasks/survey.ts';
import type { Dataset, Note, Problem } from './dataset.ts';
import type { Duplicates, Origin } from './settle.ts';

/** What there is to know about a data set before training; plain data. */
export interface DatasetSummary {
  readonly name: string;
  readonly root: string;
  readonly layout: Dataset['layout'];
  /** Usable pictures. */
  readonly pictures: number;
  /** The same by split. */
  readonly parts: Readonly<Record<Split, number>>;
  /** Pictures that show each class, by split; one that shows several counts for each. */
  readonly classes: readonly ({
    readonly name: string;
    readonly total: number;
    /** It stands for nothing of the others, and every picture shows it. */
    readonly ground?: true;
  } & Readonly<Record<Split, number>>)[];
  readonly origin: Readonly<Record<Split, Origin>>;
  /** Sizes in pixels, the most frequent first. */
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly count: number }[];
  /** Pictures of the largest class for each of the smallest that has any. */
  readonly imbalance: number;
  /** What was counted of the labels, where they say more than a class for each picture. */
  readonly labels: readonly SurveyTable[];
  /** What to do where the classes are uneven, as a sentence; only where the task has one of its own. */
  readonly uneven?: string;
  readonly duplicates: {
    /** All groups of exactly equal pictures. */
    readonly groups: readonly Duplicates[];
    /** Those with members in more than one split. */
    readonly acrossSplits: readonly Duplicates[];
    /** Those with members in more than one class. */
    readonly acrossClasses: readonly Duplicates[];
  };
  /** Nearly equal pictures: the same scene again. */
  readonly near: { readonly groups: readonly Duplicates[]; readonly acrossSplits: readonly Duplicates[] };
  readonly problems: readonly Problem[];
  readonly notes: readonly Note[];
  readonly remarks: readonly string[];
}

/** Counts a data set up. */
export function summarise(dataset: Dataset): DatasetSummary {
  const { items } = dataset;
  const { survey } = dataset.task;
  const ground = survey?.background === undefined ? [] : [survey.background];
  const counts = dataset.classes.map(() => ({ train: 0, val: 0, test: 0, total: 0 }));
  const sizes = new Map<string, { width: number; height: number; count: number }>();
  let pictures = 0;
  for (const split of splits) {
    for (const { target, width, height } of items[split]) {
      for (const shown of new Set([...dataset.task.shows(target), ...ground])) {
        counts[shown]![split]++;
        counts[shown]!.total++;
      }
      pictures++;
      const size = sizes.get(`${width}×${height}`);
      if (size) size.count++;
      else sizes.set(`${width}×${height}`, { width, height, count: 1 });
    }
  }
  const totals = counts
    .filter(({ total }, label) => total > 0 && label !== survey?.background)
    .map(({ total }) => total);
  const surveyed = splits.flatMap((split) => items[split].map((item) => ({ ...item, split })));
  const several = (groups: readonly Duplicates[], key: 'split' | 'shows') =>
    groups.filter((group) => new Set(group.items.map((item) => String(item[key]))).size > 1);
  return {
    name: dataset.name,
    root: dataset.root,
    layout: dataset.layout,
    pictures,
    parts: { train: items.train.length, val: items.val.length, test: items.test.length },
    classes: dataset.classes.map((name, label) => ({
      name,
      ...counts[label]!,
      ...(label === survey?.background && { ground: true as const }),
    })),
    origin: dataset.origin,
    sizes: [...sizes.values()].sort((a, b) => b.count - a.count || b.width * b.height - a.width * a.height),
    imbalance: totals.length > 0 ? Number((Math.max(...totals) / Math.min(...totals)).toFixed(2)) : 1,
    labels: survey?.tables(surveyed, dataset.classes) ?? [],
    ...(survey && { uneven: survey.uneven }),
    duplicates: {
      groups: dataset.duplicates,
      acrossSplits: several(dataset.duplicates, 'split'),
      acrossClasses: several(dataset.duplicates, 'shows'),
    },
    near: { groups: dataset.near, acrossSplits: several(dataset.near, 'split') },
    problems: dataset.problems,
    notes: dataset.notes,
    remarks: dataset.remarks,
  };
}
