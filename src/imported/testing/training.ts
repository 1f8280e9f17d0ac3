import { f32, type Tensor } from '../../base/tensor.ts';
import { input } from '../../graph/value.ts';
import type { Model } from '../../models/model.ts';
import { classifier } from '../../models/model.ts';
import { initialValues } from '../../nn/init.ts';
import { adamW, sgd } from '../../optim/optimizer.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { classify } from '../../tasks/classify/classify.ts';
import { crossEntropy } from '../../tasks/classify/cross-entropy.ts';
import { trainingGraph } from '../../train/graph.ts';
import { trainingStep } from '../../train/step.ts';
import { zeroStarts } from '../../weights/new-head.ts';

/** For tests: the losses of a few steps on the same images, label i being i modulo the classes, and what was trained in the end. */
export async function fewSteps(
  runtime: Runtime,
  model: Model,
  weights: ReadonlyMap<string, Tensor<'float32'>>,
  image: Tensor<'float32'>,
  options: { optimizer: 'adamw' | 'sgd'; lr: number; steps: number },
): Promise<{ losses: number[]; after: Map<string, Tensor<'float32'>> }> {
  const n = image.shape[0]!;
  const targets = f32([n, model.classes]);
  for (let i = 0; i < n; i++) targets.data[i * model.classes + (i % model.classes)] = 1;
  const loss = crossEntropy(model.logits, input('targets', 'float32', ['N', model.classes]));
  const drawn = initialValues(classifier(model), 0);
  const first = new Map<string, Tensor>([...drawn, ...zeroStarts(classify.network(model, {}), weights), ...weights]);
  const step = await trainingStep(runtime, trainingGraph({ loss }), first, { optimize: 'basic' });
  const segments = [{ start: 0, end: step.params.length, weightDecay: 0 }];
  const optimizer =
    options.optimizer === 'adamw' ? adamW(step.params.length, segments) : sgd(step.params.length, segments, {});
  const losses: number[] = [];
  for (let t = 1; t <= options.steps; t++) {
    losses.push((await step.run({ image, targets }, n, 0, t)).loss);
    step.accept();
    optimizer.step(step.params.values, step.grads.values, options.lr, t);
  }
  losses.push((await step.run({ image, targets }, n, 0, 0)).loss);
  step.accept();
  const after = new Map([...step.params.copy(), ...step.statistics.copy()]);
  await step.close();
  return { losses, after };
}
