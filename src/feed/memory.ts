import { check } from '../base/errors.ts';
import type { Recipe } from '../data/augment/recipe.ts';
import type { Image } from '../data/image.ts';
import { fit as fitTo, type Preprocessing } from '../data/preprocess.ts';
import { type BatchSource, evalBatcher, evalBatches, type TrainPlan, trainBatcher, trainBatches } from './batch.ts';

/** Pictures that are in memory already, in a browser tab for instance. */
export interface MemoryData {
  readonly pictures: readonly Image[];
  readonly labels: ArrayLike<number>;
  readonly classes: number;
}

/** Training batches from pictures in memory; the same batches as the file loader gives for the same pixels. */
export function memoryTrainSource(
  data: MemoryData,
  options: {
    preprocessing: Preprocessing;
    recipe: Recipe;
    batchSize: number;
    seed: number;
    sampling?: TrainPlan['sampling'];
  },
): BatchSource {
  const plan: TrainPlan = { sampling: 'shuffle', ...options, labels: data.labels, classes: data.classes };
  checkData(data);
  const batcher = trainBatcher(plan);
  return {
    length: data.pictures.length,
    batchesPerEpoch: trainBatches(plan),
    batch: (epoch, index) => batcher(epoch, index, (i) => data.pictures[i]!),
    close: async () => undefined,
  };
}

/** Evaluation batches from pictures in memory, in order. */
export function memoryEvalSource(
  data: MemoryData,
  options: { preprocessing: Preprocessing; batchSize: number },
): BatchSource {
  const plan = { ...options, labels: data.labels, classes: data.classes };
  checkData(data);
  const batcher = evalBatcher(plan);
  return {
    length: data.pictures.length,
    batchesPerEpoch: evalBatches(plan),
    batch: (_epoch, index) => batcher(index, (i) => fitTo(data.pictures[i]!, options.preprocessing)),
    close: async () => undefined,
  };
}

function checkData({ pictures, labels, classes }: MemoryData): void {
  check(pictures.length > 0, 'there are no pictures');
  check(pictures.length === labels.length, () => `${pictures.length} pictures but ${labels.length} labels`);
  const wrong = Array.from(labels).find((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  check(wrong === undefined, () => `label ${wrong} is not among the ${classes} classes 0 … ${classes - 1}`);
}
