import { graph } from '../../src/graph/graph.ts';
import { input } from '../../src/graph/value.ts';
import { classifier } from '../../src/models/model.ts';
import { createModel } from '../../src/models/registry.ts';
import { initialValues } from '../../src/nn/init.ts';
import { compile, type Runtime } from '../../src/runtime/runtime.ts';
import { crossEntropy } from '../../src/tasks/classify/cross-entropy.ts';
import { trainingGraph } from '../../src/train/graph.ts';
import { trainingStep } from '../../src/train/step.ts';
import { inferIteration, oneHot, trainIteration } from '../steps.ts';
import { CLASSES, type Given, plainNetwork, RATE, SIZE } from './network.ts';

/** What a side does again and again: a training step, or answers for a batch. */
export const works = ['plain train', 'plain infer', 'nano train', 'nano infer'] as const;
export type Work = (typeof works)[number];

/** Does it once; a training step says its loss, inference the logits. */
export type Run = () => Promise<{ readonly loss?: number; readonly logits?: ArrayLike<number | bigint> }>;

/** Our side, natively and in a page: the same graphs on whatever runtime. */
export async function ourWork(runtime: Runtime, work: Work, given: Given): Promise<Run> {
  const { image, labels } = given;
  const targets = oneHot(labels, CLASSES);
  if (work === 'plain train') return plainTraining(runtime, given);
  if (work === 'plain infer') {
    const g = graph({ logits: plainNetwork().logits });
    const program = await compile(runtime, g, { constants: given.weights, target: 'standard' });
    return async () => ({ logits: (await program.run({ image })).logits!.data });
  }
  const model = createModel('ascan-nano', { size: SIZE, classes: CLASSES });
  const weights = initialValues(classifier(model), 0);
  if (work === 'nano train') {
    const training = await trainIteration(runtime, model, weights, image, targets);
    return async () => ({ loss: (await training.run()).loss });
  }
  const inference = await inferIteration(runtime, model, weights, image);
  return async () => ({ logits: (await inference.run()).logits?.data });
}

/** Forward, backward, and plain gradient descent. */
async function plainTraining(runtime: Runtime, { image, labels, weights }: Given): Promise<Run> {
  const loss = crossEntropy(plainNetwork().logits, input('targets', 'float32', ['N', CLASSES]));
  const step = await trainingStep(runtime, trainingGraph({ loss }), weights);
  const feeds = { image, targets: oneHot(labels, CLASSES) };
  return async () => {
    const { loss } = await step.run(feeds, labels.length, 0, 0);
    const [p, g] = [step.params.values, step.grads.values];
    for (let i = 0; i < p.length; i++) p[i]! -= RATE * g[i]!;
    return { loss };
  };
}
