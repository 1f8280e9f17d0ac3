import { YosegiError } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { type Dataset, openDataset } from '../../feed/node/dataset.ts';
import { evalSource } from '../../feed/node/loader.ts';
import { imagesOf, type LoadedRun } from '../../run/node/run-folder.ts';
import { settingsOf } from '../../run/settings.ts';
import { classify } from '../../tasks/classify/node/classify.ts';
import { type ExitLogits, exitLogits } from '../evaluate.ts';
import { gatherRows } from '../rows.ts';
import type { StagedProgram } from '../staged.ts';

/** The images that a run was trained on, split as they were then; of the folder `data` where one is given. */
export async function openRunData(
  { run }: LoadedRun,
  data?: string,
  onScan?: (done: number, of: number) => void,
): Promise<Dataset<number>> {
  const { train, valFraction, testFraction, maxBroken } = settingsOf(run.options);
  const dataset = await openDataset(await imagesOf(run, data, 'say where they are with --data DIR'), classify, {
    seed: train.seed,
    valFraction,
    testFraction,
    maxBroken,
    prepare: run.preprocessing,
    onProgress: onScan,
  });
  if (dataset.classes.join('\n') !== run.classes.join('\n')) {
    await dataset.close();
    throw new YosegiError(
      `the classes of ${dataset.root} (${dataset.classes.join(', ')}) are not those of the run (${run.classes.join(', ')})`,
    );
  }
  return dataset;
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
  dataset: Dataset<number>,
  split: 'val' | 'test',
  preprocessing: LoadedRun['run']['preprocessing'],
  onBatch?: (done: number, of: number) => void,
): Promise<Seen | undefined> {
  if (dataset.items[split].length === 0) return undefined;
  const source = evalSource(dataset, split, { preprocessing, batchSize: 32 });
  const spread = sampler(source.length);
  try {
    const said = await exitLogits(staged, source, onBatch, spread.see);
    return { ...said, images: spread.images, files: dataset.items[split].map((item) => item.path) };
  } finally {
    await source.close();
  }
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
