import { z } from 'zod';
import { f32 } from '../../base/tensor.ts';
import { mul, softmax } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import { rebuild, replacing } from '../../graph/rewrite.ts';
import { constant, input, type Value } from '../../graph/value.ts';
import { ownNetwork } from '../../models/network.ts';
import type { Encoder } from '../batch.ts';
import type { Objective } from '../objective.ts';
import { type Figures, floats, type Network, type ObjectiveContext, type TrainedTask } from '../task.ts';
import { type ClassifyAnswer, classifyAnswer, rankedOf } from './answer.ts';
import { crossEntropy } from './cross-entropy.ts';
import { type Evaluation, evaluationSchema } from './evaluation.ts';
import { dynamicPerceiverLoss, exitsLoss } from './exits-loss.ts';
import { classifyMeter } from './meter.ts';
import { rowArgmax } from './rows.ts';
import { softTargets } from './soft-targets.ts';

/** Options of training that only classification has. */
const classifyOptions = z.strictObject({
  classWeights: z.enum(['none', 'balanced']).default('none').describe('weigh rare classes more in the loss'),
  exitWeights: z
    .array(z.number().min(0))
    .min(2)
    .optional()
    .describe('with exits: weight of each one’s loss, first to last (default: the published 0.5,0.5,1,1)'),
  distillation: z.number().min(0).optional().describe('with exits: what they learn from the last one (default: 0.5)'),
  temperature: z
    .number()
    .gt(0)
    .optional()
    .describe('with exits: softens what they learn from the last one (default: 1)'),
});
export type ClassifyOptions = z.infer<typeof classifyOptions>;

const shipOptions = z.strictObject({
  softmax: z.boolean().default(false).describe('give probabilities in place of logits'),
});

export type { ClassifyAnswer } from './answer.ts';

/** Which of several classes a picture shows; a target is the index of its class. */
export const classify: TrainedTask<number, ClassifyAnswer, Evaluation> = {
  name: 'classify',
  about: 'which kind is it: one class for each picture',
  target: z.int().min(0),
  leastClasses: 2,
  everyClassTrains: true,
  shows: (target) => [target],
  encoder: ({ classes, smoothing }): Encoder<number> => ({
    shapes: { targets: [classes] },
    encode: (target, into) => into.targets!.set(softTargets([target], classes, smoothing)),
    blends: true,
  }),

  options: classifyOptions,
  network: (model) => ownNetwork(model),
  early: { label: (target) => target },
  objective,
  tally: (outputs, { truths }) => {
    const logits = floats(outputs.logits, 'logits');
    const classes = logits.length / truths.length;
    const right = truths.filter((label, i) => rowArgmax(logits, i, classes) === label).length;
    return { accuracy: { sum: right, count: truths.length } };
  },
  probe,

  figures: [
    { name: 'accuracy', label: 'accuracy', share: true },
    { name: 'loss', label: 'loss', share: false },
  ],
  meter: classifyMeter,
  rank,
  evaluation: evaluationSchema,

  ship: {
    options: shipOptions,
    outputs: (network, options) => {
      const logits = last(network);
      const shipped: Record<string, Value> = shipOptions.parse(options).softmax
        ? { probabilities: softmax(logits) }
        : { logits };
      return shipped;
    },
    about: {
      logits: '[N, classes], in the order of labels.json; a softmax makes probabilities of them',
      probabilities: '[N, classes], in the order of labels.json; each row sums to 1',
    },
    code: {
      node: ([y]) => `console.log(labels[${y}.data.indexOf(Math.max(...${y}.data))]);`,
      python: ([y]) => `print(labels[int(${y}[0].argmax())])`,
    },
  },
  answerOf: (outputs, { classes }) => {
    const isSure = outputs.probabilities !== undefined;
    const name = isSure ? 'probabilities' : Object.keys(outputs).at(-1)!;
    return { ranked: rankedOf(floats(outputs[name], name), classes, isSure) };
  },
  answer: classifyAnswer,
};

function last({ outputs }: Network): Value {
  return Object.values(outputs).at(-1)!;
}

/** Cross-entropy; of a model with exits on the way, the published loss over all of them. Gives back the last exit's logits. */
function objective(network: Network, { classes, options, counts }: ObjectiveContext): Objective {
  const o = classifyOptions.parse(options);
  const given = input('targets', 'float32', ['N', classes]);
  const targets = o.classWeights === 'balanced' ? mul(given, balancedWeights(counts)) : given;
  const exits = Object.values(network.outputs);
  const outputs = { logits: last(network) };
  if (exits.length === 1) return { loss: crossEntropy(outputs.logits, targets), outputs };
  const {
    // Those of the merged exit are left over where there is none.
    exitWeights: weights = dynamicPerceiverLoss.weights.slice(0, exits.length),
    distillation = dynamicPerceiverLoss.distillation,
    temperature = dynamicPerceiverLoss.temperature,
  } = o;
  return { loss: exitsLoss(exits, targets, { weights, distillation, temperature }), outputs };
}

/** [1, classes]: a class with a tenth of the pictures counts ten times as much; the mean over pictures is 1. */
function balancedWeights(counts: readonly number[]): Value {
  const total = counts.reduce((a, b) => a + b, 0);
  const weights = counts.map((n) => (n > 0 ? total / (counts.length * n) : 0));
  return constant(f32([1, counts.length], weights));
}

/** The frozen part gives what the classifier reads, [N, features]; the rest takes it as its image. */
function probe({ model, outputs }: Network): { features: Value; head: Network } | undefined {
  if (Object.keys(outputs).length > 1) return undefined;
  const image = input('image', 'float32', ['N', fixed(model.pooled.type.shape[1], 'the number of features')]);
  const map = rebuild([model.logits, image], replacing(new Map([[model.pooled, image]])));
  const { exits: _, ...rest } = model;
  const logits = map.get(model.logits)!;
  const head = { ...rest, image, pooled: image, logits, stages: [] };
  return { features: model.pooled, head: { model: head, reads: [image], outputs: { logits } } };
}

/** More right answers, then a smaller loss; of several exits their means, as the last is good long before the early ones are. */
function rank(figures: Figures): readonly number[] {
  const mean = (name: string) => {
    const each = Object.entries(figures).filter(([key]) => key.startsWith(`${name}@`));
    const values = each.length > 0 ? each.map(([, v]) => v) : [figures[name] ?? 0];
    return values.reduce((a, b) => a + b, 0) / values.length;
  };
  return [mean('accuracy'), -mean('loss')];
}
