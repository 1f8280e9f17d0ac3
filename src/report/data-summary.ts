import { z } from 'zod';

const split = z.enum(['train', 'val', 'test']);
const count = z.int().min(0);

/** The part of `data.json` (a DatasetSummary, see data/node/summary) that a report tells about. */
export const dataSummarySchema = z.object({
  /** Pictures of each class by split, in the order of the run's classes. */
  classes: z.array(z.object({ name: z.string(), train: count, val: count, test: count })).min(1),
  duplicates: z.object({
    /** Pictures with exactly the same pixels. */
    groups: z.array(z.object({ items: z.array(z.object({ path: z.string(), label: count, split })).min(1) })),
  }),
  /** Files that are used although something about them is odd. */
  notes: z.array(z.object({ file: z.string(), note: z.string() })),
});
export type DataSummary = z.infer<typeof dataSummarySchema>;

/** The split accuracy is or will be measured on. */
export function measuredSplit(
  run: { images: { test: number } },
  evaluation?: { split: 'test' | 'val' },
): 'test' | 'val' {
  return evaluation?.split ?? (run.images.test > 0 ? 'test' : 'val');
}

/** What matters about duplicates when accuracy is measured on the split `measured`. */
export function duplicateFacts({ duplicates: { groups } }: DataSummary, measured: 'test' | 'val') {
  return {
    /** Pictures that could be deleted without losing anything. */
    extra: groups.reduce((sum, { items }) => sum + items.length - 1, 0),
    /** The same picture is both learned from and measured on. */
    leaks: groups.filter(({ items }) => ['train', measured].every((name) => items.some((i) => i.split === name))),
    /** The same picture lies in folders of different classes. */
    conflicts: groups.filter(({ items }) => items.some(({ label }) => label !== items[0]!.label)),
  };
}
