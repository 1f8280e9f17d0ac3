import { YosegiError } from '../../base/errors.ts';
import type { Preprocessing } from '../../data/preprocess.ts';
import { type Dataset, openDataset } from '../../feed/node/dataset.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Run } from '../records.ts';
import { type Settings, settingsOf } from '../settings.ts';

type OnScan = (done: number, total: number) => void;

/** The images of a folder, split as the settings of a training say. */
export function openDrawn<T>(
  data: string,
  task: NodeTask<T>,
  { train, task: taskOptions, valFraction, testFraction, maxBroken }: Settings,
  prepare: Preprocessing,
  onProgress?: OnScan,
): Promise<Dataset<T>> {
  return openDataset(data, task, {
    seed: train.seed,
    valFraction,
    testFraction,
    maxBroken,
    taskOptions,
    prepare,
    onProgress,
  });
}

/**
 * The same with the settings of a run.
 * @throws YosegiError where the folder has other classes than the run
 */
export async function openDrawnLike<T>(
  run: Run,
  data: string,
  task: NodeTask<T>,
  onScan?: OnScan,
): Promise<Dataset<T>> {
  const dataset = await openDrawn(data, task, settingsOf(run.options), run.preprocessing, onScan);
  if (dataset.classes.join('\n') === run.classes.join('\n')) return dataset;
  await dataset.close();
  throw new YosegiError(
    `the classes of ${dataset.root} (${dataset.classes.join(', ')}) are not those of the run (${run.classes.join(', ')})`,
  );
}
