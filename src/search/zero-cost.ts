import { f32, sizeOf, type Tensor } from '../base/tensor.ts';
import { reduceSum } from '../graph/build.ts';
import { graph, nameOf, roleOf } from '../graph/graph.ts';
import { initialValues } from '../nn/init.ts';
import { norm } from '../optim/clip.ts';
import type { Runtime, Tensors } from '../runtime/runtime.ts';
import type { Batch } from '../tasks/batch.ts';
import type { Objective } from '../tasks/objective.ts';
import type { Network, TrainedTask } from '../tasks/task.ts';
import { trainingGraph } from '../train/graph.ts';
import { type TrainingStep, trainingStep } from '../train/step.ts';

/** What can be said of a network before it is trained: each as a logarithm, a larger one meant to promise more. */
export interface ZeroCost {
  /** Norm of the loss's gradient on one batch (Abdelfattah et al., ICLR 2021). */
  readonly gradientNorm: number;
  /** SNIP: the sum of |gradient · weight| on one batch (Lee et al., ICLR 2019). */
  readonly snip: number;
  /** SynFlow: the same of the sum of all scores, with all weights positive and a picture of ones (Tanaka et al., NeurIPS 2020). */
  readonly synflow: number;
}

export interface ZeroCostOptions<T> {
  readonly runtime: Runtime;
  readonly task: TrainedTask<T>;
  readonly network: Network;
  readonly classes: number;
  /** Pictures to train on, with their targets. */
  readonly batch: Batch<T>;
  /** Draws the first weights. */
  readonly seed: number;
  readonly threads?: number;
}

/** Scores of an untrained network: two steps forward and backward in all. */
export async function zeroCost<T>(options: ZeroCostOptions<T>): Promise<ZeroCost> {
  const { task, network, classes, batch, seed } = options;
  const g = graph(network.outputs);
  const weights = initialValues(g, seed);
  const counts = Array.from({ length: classes }, () => 1);
  const loss = task.objective(network, { classes, options: task.options.parse({}), counts });
  const feeds = { image: batch.images, ...batch.targets };
  const seen = await stepped(options, loss, weights, feeds, batch.indices.length);
  // Normalisations keep what they have, a mean of 0 and a variance of 1: a network that only adds and multiplies positive numbers.
  const positive = new Map(
    g.params.map((p) => {
      const name = nameOf(p)!;
      const t = weights.get(name)!;
      return [name, roleOf(p) === 'trainable' ? f32(t.shape, t.data.map(Math.abs)) : t] as const;
    }),
  );
  const flow = Object.values(network.outputs).at(-1)!;
  const sum = { loss: reduceSum(flow, [0, 1], false) };
  const [, ...picture] = batch.images.shape;
  const ones = f32([1, ...picture], new Float32Array(sizeOf(picture)).fill(1));
  const flowed = await stepped(options, sum, positive, { image: ones }, 1, () => true);
  return { gradientNorm: seen.gradientNorm, snip: seen.saliency, synflow: flowed.saliency };
}

/** One step, forward and backward: log10 of the gradient's norm and of the sum of |gradient · weight|. */
async function stepped(
  { runtime, threads, seed }: Pick<ZeroCostOptions<unknown>, 'runtime' | 'threads' | 'seed'>,
  objective: Objective,
  weights: ReadonlyMap<string, Tensor<'float32'>>,
  feeds: Tensors,
  pictures: number,
  keeps?: (name: string) => boolean,
): Promise<{ readonly gradientNorm: number; readonly saliency: number }> {
  const tg = trainingGraph(objective, keeps && { keeps });
  const step: TrainingStep = await trainingStep(runtime, tg, weights, { ...(threads !== undefined && { threads }) });
  try {
    await step.run(feeds, pictures, seed, 0);
    const [g, w] = [step.grads.values, step.params.values];
    let saliency = 0;
    for (let i = 0; i < g.length; i++) saliency += Math.abs(g[i]! * w[i]!);
    return { gradientNorm: Math.log10(norm(g)), saliency: Math.log10(saliency) };
  } finally {
    await step.close();
  }
}
