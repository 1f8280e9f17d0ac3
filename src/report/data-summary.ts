import { z } from 'zod';

const split = z.enum(['train', 'val', 'test']);
const count = z.int().min(0);

const itemSchema = z.object({ path: z.string(), shows: z.array(count), split });

/** Version 0.1 wrote one class as `label`. */
function upgraded(value: unknown): unknown {
  const old = z.looseObject({ label: count }).safeParse(value);
  return old.success ? { ...old.data, shows: [old.data.label] } : value;
}

/** The part of `data.json` (a DatasetSummary, see feed/node/summary) that a report tells about. */
export const dataSummarySchema = z.object({
  /** Pictures of each class by split, in the order of the run's classes. */
  classes: z.array(z.object({ name: z.string(), train: count, val: count, test: count })),
  duplicates: z.object({
    /** Pictures with exactly the same pixels. */
    groups: z.array(z.object({ items: z.array(z.preprocess(upgraded, itemSchema)).min(1) })),
  }),
  /** Files that are used although something about them is odd. */
  notes: z.array(z.object({ file: z.string(), note: z.string() })),
});
export type DataSummary = z.infer<typeof dataSummarySchema>;

/** The split that is or will be judged. */
export function measuredSplit(
  run: { images: { test: number } },
  evaluation?: { split: 'test' | 'val' },
): 'test' | 'val' {
  return evaluation?.split ?? (run.images.test > 0 ? 'test' : 'val');
}

/** What matters about duplicates when the model is judged on the split `measured`. */
export function duplicateFacts({ duplicates: { groups } }: DataSummary, measured: 'test' | 'val') {
  return {
    /** Pictures that could be deleted without losing anything. */
    extra: groups.reduce((sum, { items }) => sum + items.length - 1, 0),
    /** The same picture is both learned from and measured on. */
    leaks: groups.filter(({ items }) => ['train', measured].every((name) => items.some((i) => i.split === name))),
    /** The same picture is said to show different classes. */
    conflicts: groups.filter(({ items }) => items.some(({ shows }) => shows.join() !== items[0]!.shows.join())),
  };
}
