import { random } from '../src/base/random.ts';
import { f32, sizeOf, type Tensor } from '../src/base/tensor.ts';
import { deployGraph } from '../src/bundle/deploy.ts';
import { input } from '../src/graph/value.ts';
import { classifier, type Model } from '../src/models/model.ts';
import { clipScale, norm } from '../src/optim/clip.ts';
import { adamW } from '../src/optim/optimizer.ts';
import { compile, type LoadOptions, type Runtime } from '../src/runtime/runtime.ts';
import { crossEntropy } from '../src/tasks/classify/cross-entropy.ts';
import type { Objective } from '../src/tasks/objective.ts';
import { type TrainingGraphOptions, trainingGraph } from '../src/train/graph.ts';
import { segmentsOf } from '../src/train/segments.ts';
import { trainingStep } from '../src/train/step.ts';

/** One iteration of a prepared subject, as often as asked. */
export interface Iteration {
  readonly parameters: number;
  /** Training: loss and norm of the gradient. Inference: logits. */
  run(): Promise<{ readonly loss?: number; readonly gradientNorm?: number; readonly logits?: Tensor }>;
  close(): Promise<void>;
}

/** A training step; `run` takes another batch of the same size. */
export interface StepIteration extends Iteration {
  run(feeds?: StepFeeds): Promise<{ readonly loss: number; readonly gradientNorm: number }>;
}

type StepFeeds = Readonly<{ image: Tensor } & Record<string, Tensor>>;
type Weights = ReadonlyMap<string, Tensor>;

/** Numbers in [-1, 1) of a seed. */
export function images(shape: readonly number[]): Tensor<'float32'> {
  const rng = random(0, 'bench');
  return f32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => 2 * rng.uniform() - 1),
  );
}

export function oneHot(labels: readonly number[], classes: number): Tensor<'float32'> {
  const targets = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => {
    targets[i * classes + label] = 1;
  });
  return f32([labels.length, classes], targets);
}

/** A whole training step of a classifier. */
export function trainIteration(
  runtime: Runtime,
  model: Model,
  weights: Weights,
  image: Tensor,
  targets: Tensor,
  load: LoadOptions = {},
): Promise<StepIteration> {
  const loss = crossEntropy(model.logits, input('targets', 'float32', ['N', model.classes]));
  return stepIteration(runtime, { loss, outputs: { logits: model.logits } }, weights, { image, targets }, load);
}

/**
 * A whole training step as src/train/trainer.ts does it: what it draws, forward, backward, gradient norm, running statistics, clipping to 1,
 * AdamW. Without options everything is trained.
 */
export async function stepIteration(
  runtime: Runtime,
  objective: Objective,
  weights: Weights,
  given: StepFeeds,
  { trainable, keeps, ...load }: LoadOptions & TrainingGraphOptions = {},
): Promise<StepIteration> {
  const tg = trainingGraph(objective, { trainable, keeps });
  const step = await trainingStep(runtime, tg, weights, load);
  const optimizer = adamW(step.params.length, segmentsOf(step, 0.05));
  let updates = 0;
  return {
    parameters: step.params.length,
    async run(feeds = given) {
      const result = await step.run(feeds, feeds.image.shape[0]!, 0, updates);
      const gradientNorm = norm(step.grads.values);
      step.accept();
      optimizer.step(step.params.values, step.grads.values, 1e-3, ++updates, clipScale(gradientNorm, 1));
      return { loss: result.loss, gradientNorm };
    },
    close: () => step.close(),
  };
}

/** The classifier as a bundle ships it: constants, batch normalisations folded, standard operators. */
export async function inferIteration(
  runtime: Runtime,
  model: Model,
  weights: Weights,
  image: Tensor,
  load: LoadOptions = {},
): Promise<Iteration> {
  const { graph, constants } = deployGraph(model, { logits: model.logits }, weights);
  const program = await compile(runtime, graph, { ...load, constants, target: 'standard' });
  const trainable = classifier(model).params.filter((p) => p.origin.kind === 'param' && p.origin.role === 'trainable');
  return {
    parameters: trainable.reduce((n, p) => n + sizeOf(p.type.shape as readonly number[]), 0),
    run: () => program.run({ image }),
    close: () => program.close(),
  };
}
