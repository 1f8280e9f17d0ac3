import { check } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { recipe } from '../../data/augment/recipe.ts';
import { trainSource } from '../../feed/node/loader.ts';
import type { Network } from '../../models/network.ts';
import { openRunImages } from '../../run/node/run-images.ts';
import type { Run } from '../../run/records.ts';
import { taskOptionsOf } from '../../run/task-options.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { isTrained } from '../../tasks/task.ts';
import { trainingGraph } from '../../train/graph.ts';
import { type TrainingStep, trainingStep } from '../../train/step.ts';
import { type Summed, summed } from '../importance.ts';

/** Batches that gradients are taken of, and pictures in each. */
const [BATCHES, SIZE] = [16, 32];

/** A network of a run, and what is made of its gradients. */
export interface Asked {
  readonly folder: string;
  readonly run: Run;
  readonly network: Network;
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  /** Which parameters are differentiated. */
  readonly trainable: (name: string) => boolean;
  /** After a batch: parameters times their gradients, which is what the loss would change, to first order, if they were zero. */
  readonly products: (step: TrainingStep) => Iterable<readonly [string, Tensor<'float32'>]>;
}

/**
 * What is asked, of some batches of a run's own pictures, drawn by its seed and not varied. Normalisations use their running statistics, as the shipped
 * network does.
 */
export async function summedOverBatches(
  { folder, run, network, weights, trainable, products }: Asked,
  data: string,
  runtime: Runtime,
): Promise<Summed[]> {
  const task = taskNamed(run.task);
  check(isTrained(task), () => `the task ${task.name} is not trained step by step: it has no gradients`);
  const { dataset } = await openRunImages(folder, run, task, { data, of: ['train'] });
  try {
    const batchSize = Math.min(SIZE, dataset.items.train.length);
    const source = trainSource(dataset, {
      ...{ preprocessing: run.preprocessing, batchSize, seed: 0, recipe: recipe('none') },
    });
    const context = { classes: run.classes.length, options: taskOptionsOf(run), counts: run.classes.map(() => 1) };
    const tg = trainingGraph(task.objective(network, context), { trainable, keeps: () => true });
    const step = await trainingStep(runtime, tg, weights);
    const batches: Summed[] = [];
    const wanted = Math.min(BATCHES, source.batchesPerEpoch);
    try {
      for (let i = 0; i < wanted; i++) {
        const batch = await source.batch(0, i);
        await step.run({ image: batch.images, ...batch.targets }, batch.indices.length, 0, i);
        batches.push(summed(products(step)));
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
