import { check } from '../../base/errors.ts';
import { gatherRows } from '../../base/rows.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import { evalSource } from '../../feed/node/loader.ts';
import { openDrawnLike } from '../../run/node/drawn.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import { holdsOwn, openRunImages, otherSet, ownSet, type RunImagesOptions } from '../../run/node/run-images.ts';
import { readSplit } from '../../run/node/split-file.ts';
import type { JudgedSet } from '../../run/provenance.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { type ExitLogits, exitLogits } from '../judge/evaluate.ts';
import type { StagedProgram } from '../program/staged.ts';

/** Images to choose and judge a policy on, and what the numbers are then about. */
export interface ExitImages {
  readonly dataset: Dataset;
  readonly setOf: (split: 'val' | 'test') => JudgedSet;
}

/** The val and test images of a run, split as they were when it began; of the folder `data` where another one is given, split anew. */
export async function openRunData(
  { folder, run }: LoadedRun,
  data?: string,
  options: Pick<RunImagesOptions, 'onScan' | 'onNotice'> = {},
): Promise<ExitImages> {
  const task = taskNamed(run.task);
  check(
    task.early,
    () =>
      `exits are chosen where the answer is one class; ${folder} is of the task '${run.task}', whose images run to the end`,
  );
  if (data === undefined || (await holdsOwn(folder, run, data, ['val', 'test']))) {
    const { dataset, left } = await openRunImages(folder, run, task, { ...options, data, of: ['val', 'test'] });
    return { dataset, setOf: (split) => ownSet(run, split, dataset.items[split], left[split]) };
  }
  const dataset = await openDrawnLike(run, data, task, options.onScan);
  const list = await readSplit(folder, run);
  return { dataset, setOf: (split) => otherSet(list, data, split, dataset.items[split]) };
}

/** What all exits say of a split, and some of its images one by one. */
export interface Seen extends ExitLogits {
  readonly images: readonly Tensor[];
  /** Names of all of them, in order. */
  readonly files: readonly string[];
}

/** Most images that are timed one by one. */
const MOST_TIMED = 200;

/** Runs all exits over a split, with the transforms of a test; undefined where the split is empty. */
export async function look(
  staged: StagedProgram,
  dataset: Dataset,
  split: 'val' | 'test',
  preprocessing: LoadedRun['run']['preprocessing'],
  onBatch?: (done: number, of: number) => void,
): Promise<Seen | undefined> {
  if (dataset.items[split].length === 0) return undefined;
  const source = evalSource(dataset, split, { preprocessing, batchSize: 32 });
  const spread = sampler(source.length);
  try {
    const said = await exitLogits(staged, source, labelsIn(dataset), onBatch, spread.see);
    return { ...said, images: spread.images, files: dataset.items[split].map((item) => item.path) };
  } finally {
    await source.close();
  }
}

/** What a task's targets say, as exits are judged. */
export function labelsIn({ task }: Dataset): (target: unknown) => number {
  const { early, name } = task;
  check(early, () => `the task ${name} has no exits`);
  return (target) => early.label(target);
}

/** Some images of a split, spread over it (they stand class by class), each as a batch of one. */
export async function someImages(
  dataset: Dataset,
  split: 'val' | 'test',
  preprocessing: LoadedRun['run']['preprocessing'],
  most = MOST_TIMED,
): Promise<readonly Tensor[]> {
  const source = evalSource(dataset, split, { preprocessing, batchSize: 32 });
  const spread = sampler(source.length, most);
  try {
    for (let i = 0; i < source.batchesPerEpoch; i++) spread.see((await source.batch(0, i)).images);
    return spread.images;
  } finally {
    await source.close();
  }
}

function sampler(length: number, most = MOST_TIMED) {
  const step = Math.max(1, Math.ceil(length / most));
  const images: Tensor[] = [];
  let at = 0;
  const see = (batch: Tensor<'float32'>) => {
    for (let i = 0; i < batch.shape[0]!; i++, at++) {
      if (at % step === 0) images.push(gatherRows(batch, [i]));
    }
  };
  return { images, see };
}
