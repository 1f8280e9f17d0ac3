import { z } from 'zod';
import type { Encoder } from '../batch.ts';
import { rowArgmax } from '../classify/rows.ts';
import { floats, type TrainedTask } from '../task.ts';
import type { Taught } from '../taught.ts';
import { type DistillAnswer, distillAnswer } from './answer.ts';
import { type DistillEvaluation, distillEvaluation } from './evaluation.ts';
import { distillMeter } from './meter.ts';
import { askedOf, LOGITS, studentNetwork, teachersName } from './network.ts';
import { distillObjective } from './objective.ts';
import { distillOptions, taughtOptions } from './options.ts';

const taught: Taught = {
  teacher: (options) => taughtOptions.parse(options).teacher,
  size: 128,
  asks: (teacher) =>
    Object.fromEntries(Object.entries(askedOf(teacher)).map(([name, value]) => [teachersName(name), value])),
  settle: (options, says) => ({
    ...options,
    says: Object.fromEntries(
      Object.entries(says).map(([name, shape]) => [name.slice(teachersName('').length), [...shape]]),
    ),
  }),
};

/** What another network knows of pictures that nobody has labelled, learnt by a small one to start from. Nothing is known of a picture. */
export const distill: TrainedTask<null, DistillAnswer, DistillEvaluation> = {
  name: 'distill',
  about: 'what another network sees in pictures without labels',
  target: z.null(),
  leastClasses: 0,
  everyClassTrains: false,
  shows: () => [],
  // Mixtures of pictures are pictures too: the teacher is asked about the mixture.
  encoder: (): Encoder<null> => ({ shapes: {}, encode: () => {}, blends: true }),
  taught,

  options: distillOptions,
  defaults: {
    recipe: 'strong',
    model: 'ascan-micro',
    train: { batch: 64, epochs: 100, lr: 2e-3, weightDecay: 0.02, ema: 0.999, warmup: 1 },
  },
  network: (model, options) => studentNetwork(model, taughtOptions.parse(options).says),
  objective: (network, { options }) => distillObjective(network, taughtOptions.parse(options).soften),
  tally: (outputs, { truths, targets }) => {
    const n = truths.length;
    const missed = outputs.missed && floats(outputs.missed, 'missed')[0]!;
    const [heard, said] = [outputs[LOGITS], targets[teachersName(LOGITS)]];
    const classes = said?.shape[1] ?? 0;
    const same = (i: number) =>
      rowArgmax(floats(heard, LOGITS), i, classes) === rowArgmax(floats(said, LOGITS), i, classes);
    return {
      ...(missed !== undefined && { explained: { sum: Math.max(0, 1 - missed) * n, count: n } }),
      ...(heard && said && { agreement: { sum: truths.filter((_, i) => same(i)).length, count: n } }),
    };
  },

  figures: [
    { name: 'explained', label: 'explained', share: true },
    { name: 'agreement', label: 'same class', share: true },
    { name: 'loss', label: 'loss', share: false },
  ],
  meter: ({ options }) => distillMeter(taughtOptions.parse(options ?? {}).soften),
  rank: (figures) => [-(figures.loss ?? Number.POSITIVE_INFINITY)],
  evaluation: distillEvaluation,

  ship: {
    options: z.strictObject({}),
    outputs: ({ model }) => ({ features: model.pooled }),
    about: { features: '[N, channels], what the network sees in each picture: near for pictures that look alike' },
    code: {
      node: ([y]) => `console.log(${y}.dims, ${y}.data.slice(0, 8));`,
      python: ([y]) => `print(${y}.shape, ${y}[0, :8])`,
    },
  },
  answerOf: ({ features }) => ({ features: [...floats(features, 'features')] }),
  answer: distillAnswer,
};
