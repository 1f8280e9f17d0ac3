import type { Split } from '../../tasks/splits.ts';
import { splits } from '../../tasks/splits.ts';
import type { Dataset, Note, Problem } from './dataset.ts';
import type { Duplicates, Origin } from './settle.ts';

/** What there is to know about a data set before training; plain data. */
export interface DatasetSummary {
  readonly name: string;
  readonly root: string;
  readonly layout: Dataset['layout'];
  /** Usable pictures. */
  readonly pictures: number;
  readonly classes: readonly ({ readonly name: string; readonly total: number } & Readonly<Record<Split, number>>)[];
  readonly origin: Readonly<Record<Split, Origin>>;
  /** Sizes in pixels, the most frequent first. */
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly count: number }[];
  /** Pictures of the largest class for each of the smallest. */
  readonly imbalance: number;
  readonly duplicates: {
    /** All groups of exactly equal pictures. */
    readonly groups: readonly Duplicates[];
    /** Those with members in more than one split. */
    readonly acrossSplits: readonly Duplicates[];
    /** Those with members in more than one class. */
    readonly acrossClasses: readonly Duplicates[];
  };
  readonly problems: readonly Problem[];
  readonly notes: readonly Note[];
  readonly remarks: readonly string[];
}

/** Counts a data set up. */
export function summarise(dataset: Dataset): DatasetSummary {
  const { items } = dataset;
  const counts = dataset.classes.map(() => ({ train: 0, val: 0, test: 0, total: 0 }));
  const sizes = new Map<string, { width: number; height: number; count: number }>();
  let pictures = 0;
  for (const split of splits) {
    for (const { target, width, height } of items[split]) {
      for (const shown of new Set(dataset.task.shows(target))) {
        counts[shown]![split]++;
        counts[shown]!.total++;
      }
      pictures++;
      const size = sizes.get(`${width}×${height}`);
      if (size) size.count++;
      else sizes.set(`${width}×${height}`, { width, height, count: 1 });
    }
  }
  const totals = counts.map(({ total }) => total);
  const several = (key: 'split' | 'shows') =>
    dataset.duplicates.filter((group) => new Set(group.items.map((item) => String(item[key]))).size > 1);
  return {
    name: dataset.name,
    root: dataset.root,
    layout: dataset.layout,
    pictures,
    classes: dataset.classes.map((name, label) => ({ name, ...counts[label]! })),
    origin: dataset.origin,
    sizes: [...sizes.values()].sort((a, b) => b.count - a.count || b.width * b.height - a.width * a.height),
    imbalance: totals.length > 0 ? Number((Math.max(...totals) / Math.min(...totals)).toFixed(2)) : 1,
    duplicates: {
      groups: dataset.duplicates,
      acrossSplits: several('split'),
      acrossClasses: several('shows'),
    },
    problems: dataset.problems,
    notes: dataset.notes,
    remarks: dataset.remarks,
  };
}
