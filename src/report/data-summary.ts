import { z } from 'zod';

const split = z.enum(['train', 'val', 'test']);
const counts = z.array(z.int().min(0));

/** `data.json`: what a data set consists of, by class and split. */
export const dataSummarySchema = z.object({
  /** Pictures of each class, in the order of `classes`. */
  classes: z.array(z.string()).min(1),
  counts: z.object({ train: counts, val: counts, test: counts }),
  /** Groups of pictures with exactly the same pixels. */
  duplicates: z.array(z.array(z.object({ file: z.string(), class: z.string(), split }))),
  /** Files that are used although something about them is odd. */
  notes: z.array(z.object({ file: z.string(), note: z.string() })),
});
export type DataSummary = z.infer<typeof dataSummarySchema>;

type Split = z.infer<typeof split>;

/** The part of an opened data set (data/node/dataset) that a summary needs. */
export interface Summarised {
  readonly classes: readonly string[];
  readonly items: Readonly<Record<Split, readonly { readonly label: number }[]>>;
  readonly duplicates: readonly {
    readonly items: readonly { readonly path: string; readonly label: number; readonly split: Split }[];
  }[];
  readonly notes: readonly { readonly file: string; readonly note: string }[];
}

/** Counts by class and split, and what is odd; `yosegi train` writes it as `data.json`. */
export function summarise({ classes, items, duplicates, notes }: Summarised): DataSummary {
  const count = (name: Split) => {
    const found = classes.map(() => 0);
    for (const { label } of items[name]) found[label]!++;
    return found;
  };
  return {
    classes: [...classes],
    counts: { train: count('train'), val: count('val'), test: count('test') },
    duplicates: duplicates.map((group) =>
      group.items.map(({ path, label, split }) => ({ file: path, class: classes[label]!, split })),
    ),
    notes: notes.map(({ file, note }) => ({ file, note })),
  };
}

/** What matters about duplicates when accuracy is measured on the split `measured`. */
export function duplicateFacts({ duplicates }: DataSummary, measured: 'test' | 'val') {
  return {
    /** Pictures that could be deleted without losing anything. */
    extra: duplicates.reduce((sum, group) => sum + group.length - 1, 0),
    /** The same picture is both learned from and measured on. */
    leaks: duplicates.filter((g) => ['train', measured].every((name) => g.some(({ split }) => split === name))),
    /** The same picture lies in folders of different classes. */
    conflicts: duplicates.filter((g) => g.some((item) => item.class !== g[0]!.class)),
  };
}

/** The split accuracy is or will be measured on. */
export function measuredSplit(
  run: { images: { test: number } },
  evaluation?: { split: 'test' | 'val' },
): 'test' | 'val' {
  return evaluation?.split ?? (run.images.test > 0 ? 'test' : 'val');
}
