import { check } from '../base/errors.ts';
import type { Recipe } from '../data/augment/recipe.ts';
import type { Size } from '../data/geometry/placement.ts';
import type { Image } from '../data/image.ts';
import type { Preprocessing } from '../data/preprocess.ts';
import { viewBase } from '../data/views.ts';
import type { BatchSource } from '../tasks/batch.ts';
import type { Task } from '../tasks/task.ts';
import { evalBatcher, evalBatches, type Sampling, trainBatcher, trainBatches, whole } from './batch.ts';
import { encoderFor, kindsOf } from './encode.ts';

/** Pictures that are in memory already, in a browser tab for instance, and what is known of each. */
export interface MemoryData<T> {
  readonly task: Task<T>;
  readonly pictures: readonly Image[];
  readonly truths: readonly T[];
  readonly classes: number;
}

/** Training batches from pictures in memory; the same batches as the file loader gives for the same pixels. */
export function memoryTrainSource<T>(
  data: MemoryData<T>,
  options: {
    preprocessing: Preprocessing;
    recipe: Recipe;
    batchSize: number;
    seed: number;
    sampling?: Sampling;
    /** Which part of every batch is this one's, where several train together. */
    part?: { readonly rank: number; readonly size: number };
  },
): BatchSource<T> {
  checkData(data);
  const { task, truths, classes } = data;
  const encoder = encoderFor(task, truths, classes, options.preprocessing, options.recipe.labelSmoothing);
  const plan = {
    sampling: 'shuffle' as const,
    ...options,
    truths,
    encoder,
    kinds: kindsOf(task, truths),
    sizes: sizesOf(data),
  };
  const batcher = trainBatcher(plan);
  return {
    length: data.pictures.length,
    batchesPerEpoch: trainBatches(plan),
    batch: (epoch, index) => batcher(epoch, index, (i) => whole(data.pictures[i]!)),
    close: async () => undefined,
  };
}

/** Evaluation batches from pictures in memory, in order. */
export function memoryEvalSource<T>(
  data: MemoryData<T>,
  options: { preprocessing: Preprocessing; batchSize: number },
): BatchSource<T> {
  checkData(data);
  const { task, truths, classes } = data;
  const plan = {
    ...options,
    truths,
    encoder: encoderFor(task, truths, classes, options.preprocessing, 0),
    sizes: sizesOf(data),
  };
  const batcher = evalBatcher(plan);
  return {
    length: data.pictures.length,
    batchesPerEpoch: evalBatches(plan),
    batch: (_epoch, index) =>
      batcher(index, (i) => ({
        ...whole(data.pictures[i]!),
        image: viewBase(data.pictures[i]!, options.preprocessing),
        exact: false,
      })),
    close: async () => undefined,
  };
}

function sizesOf<T>({ pictures }: MemoryData<T>): Size[] {
  return pictures.map(({ height, width }) => [height, width]);
}

function checkData<T>({ task, pictures, truths, classes }: MemoryData<T>): void {
  check(pictures.length > 0, 'there are no pictures');
  check(pictures.length === truths.length, () => `${pictures.length} pictures but ${truths.length} targets`);
  truths.forEach((truth, i) => {
    const wrong = task.shows(truth).find((c) => !(Number.isInteger(c) && c >= 0 && c < classes));
    check(
      wrong === undefined,
      () => `picture ${i} shows class ${wrong}, which is not among the ${classes} classes 0 … ${classes - 1}`,
    );
  });
}
