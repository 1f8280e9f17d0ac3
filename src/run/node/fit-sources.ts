import { check } from '../../base/errors.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import { evalSource, trainSource } from '../../feed/node/loader.ts';
import type { Program } from '../../runtime/runtime.ts';
import type { Ranks } from '../../train/ranks.ts';
import { taughtSource } from '../../train/taught.ts';
import type { Fit } from './fit.ts';

/* What a training reads of its data set. */

/** @throws YosegiError where processes that train together see more in a step than there is */
export function checkShared({ dataset, settings: { train } }: Fit, ranks: Ranks | undefined): void {
  const { length } = dataset.items.train;
  check(
    !ranks || length >= train.batch * ranks.size,
    () =>
      `${ranks!.size} processes with ${train.batch} images each see more in one step than the ${length} there are: lower --batch`,
  );
}

/** Batches to train on, and to judge after an epoch where there are pictures for that. */
export function sourcesOf({ dataset, run, settings }: Fit, ranks: Ranks | undefined) {
  const { preprocessing } = run;
  const { train, val } = dataset.items;
  const { batch } = settings.train;
  return {
    train: trainSource(dataset, {
      preprocessing,
      batchSize: Math.min(batch, train.length),
      ...(ranks && { part: { rank: ranks.rank, size: ranks.size } }),
      seed: settings.train.seed,
      recipe: settings.recipe,
      sampling: settings.sampling,
    }),
    ...(val.length > 0 && { val: evalSource(dataset, 'val', { preprocessing, batchSize: 64 }) }),
  };
}

/** The same with what a teacher says of every picture. */
export const taughtBy = (teacher: Program, { train, val }: ReturnType<typeof sourcesOf>) => ({
  train: taughtSource(train, teacher),
  ...(val && { val: taughtSource(val, teacher) }),
});

/** Pictures to train on that show each class. */
export function countsOf({ classes, items, task }: Dataset): number[] {
  const counts = classes.map(() => 0);
  for (const { target } of items.train) for (const c of new Set(task.shows(target))) counts[c]!++;
  return counts;
}
