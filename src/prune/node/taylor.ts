import { check } from '../../base/errors.ts';
import { f32 } from '../../base/tensor.ts';
import { recipe } from '../../data/augment/recipe.ts';
import { trainSource } from '../../feed/node/loader.ts';
import { networkOf } from '../../run/node/network-of.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import { openRunImages } from '../../run/node/run-images.ts';
import { taskOptionsOf } from '../../run/task-options.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { isTrained } from '../../tasks/task.ts';
import { trainingGraph } from '../../train/graph.ts';
import { trainingStep } from '../../train/step.ts';
import { type Summed, summed } from '../importance.ts';

/** Batches that gradients are taken of, and pictures in each. */
const [BATCHES, SIZE] = [16, 32];

/**
 * Of some batches of a run's own pictures, drawn by its seed and not varied: each parameter times its gradient, which is what the loss would change, to
 * first order, if the parameter were zero. Normalisations use their running statistics, as the shipped network does.
 */
export async function productsOf(
  loaded: LoadedRun,
  data: string,
  runtime: Runtime,
  onBatch: (done: number, of: number) => void = () => {},
): Promise<Summed[]> {
  const { folder, run, weights } = loaded;
  const task = taskNamed(run.task);
  check(isTrained(task), () => `the task ${task.name} is not trained step by step: it has no gradients`);
  const { dataset } = await openRunImages(folder, run, task, { data, of: ['train'] });
  try {
    const batchSize = Math.min(SIZE, dataset.items.train.length);
    const source = trainSource(dataset, {
      ...{ preprocessing: run.preprocessing, batchSize, seed: 0, recipe: recipe('none') },
    });
    const context = { classes: run.classes.length, options: taskOptionsOf(run), counts: run.classes.map(() => 1) };
    const tg = trainingGraph(task.objective(networkOf(loaded), context), { keeps: () => true });
    const step = await trainingStep(runtime, tg, weights);
    const batches: Summed[] = [];
    const wanted = Math.min(BATCHES, source.batchesPerEpoch);
    try {
      for (let i = 0; i < wanted; i++) {
        const batch = await source.batch(0, i);
        await step.run({ image: batch.images, ...batch.targets }, batch.indices.length, 0, i);
        const products = Object.entries(step.params.tensors).map(([name, { shape, data: own }]) => {
          const gradient = step.grads.tensors[`grad:${name}`]!.data;
          const product = own.map((w, at) => w * gradient[at]!);
          return [name, f32(shape, product)] as const;
        });
        batches.push(summed(products));
        onBatch(i + 1, wanted);
      }
    } finally {
      await step.close();
      await source.close();
    }
    return batches;
  } finally {
    await dataset.close();
  }
}
