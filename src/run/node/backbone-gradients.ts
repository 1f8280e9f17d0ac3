import { check } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { adamW } from '../../optim/optimizer.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Batch } from '../../tasks/batch.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import { isTrained, type Network } from '../../tasks/task.ts';
import { trainableBelow } from '../../train/freeze.ts';
import { trainingGraph } from '../../train/graph.ts';
import { type TrainingStep, trainingStep } from '../../train/step.ts';
import type { Settings } from '../settings.ts';

type Weights = ReadonlyMap<string, Tensor<'float32'>>;

/** How often the head sees the batches before gradients are taken, and at which rate it learns. */
const [LOOKS, RATE] = [5, 3e-3];

/** What gradients are taken of. */
export interface Parts {
  readonly runtime: Runtime;
  readonly task: NodeTask;
  readonly network: Network;
  readonly settings: Settings;
  readonly batches: readonly Batch[];
  readonly counts: readonly number[];
}

/** A step that has gradients of the named parameters alone; normalisations stay as they are. */
async function stepFor(
  { runtime, task, network, settings, counts }: Parts,
  weights: Weights,
  of: (name: string) => boolean,
) {
  check(isTrained(task), () => `the task ${task.name} is not trained step by step: it has no gradients`);
  const objective = task.objective(network, { classes: counts.length, options: settings.task, counts });
  return trainingStep(runtime, trainingGraph(objective, { trainable: of, keeps: () => true }), weights);
}

const look = (step: TrainingStep, batch: Batch, seed: number, i: number) =>
  step.run({ image: batch.images, ...batch.targets }, batch.indices.length, seed, i);

/** The weights with a head that has seen the batches a few times. */
export async function withHead(parts: Parts, weights: Weights): Promise<Weights> {
  const { network, batches, settings } = parts;
  const backbone = new Set(trainableBelow(...network.reads));
  const step = await stepFor(parts, weights, (name) => !backbone.has(name));
  try {
    const { params, grads } = step;
    const optimizer = adamW(params.length, [{ start: 0, end: params.length, weightDecay: 0 }]);
    for (let i = 0; i < LOOKS * batches.length; i++) {
      await look(step, batches[i % batches.length]!, settings.train.seed, i);
      optimizer.step(params.values, grads.values, RATE, i + 1);
    }
    return new Map([...weights, ...params.copy()]);
  } finally {
    await step.close();
  }
}

/** The mean of the gradients over the batches, by name. */
export async function meanGradients(
  parts: Parts,
  weights: Weights,
  of: ReadonlySet<string>,
): Promise<Map<string, Float32Array>> {
  const step = await stepFor(parts, weights, (name) => of.has(name));
  try {
    const sum = new Float32Array(step.grads.length);
    for (const [i, batch] of parts.batches.entries()) {
      await look(step, batch, parts.settings.train.seed, i);
      step.grads.values.forEach((g, at) => {
        sum[at]! += g / parts.batches.length;
      });
    }
    return new Map([...step.grads.copy(sum)].map(([name, t]) => [name.slice('grad:'.length), t.data]));
  } finally {
    await step.close();
  }
}
