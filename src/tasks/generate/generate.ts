import { z } from 'zod';
import { check } from '../../base/errors.ts';
import { type Denoiser, isDenoiser } from '../../models/denoiser/denoiser.ts';
import { denoisers } from '../../models/denoisers.ts';
import type { Model } from '../../models/model.ts';
import type { Encoder } from '../batch.ts';
import { floats, type TrainedTask } from '../task.ts';
import { type GenerateEvaluation, generateEvaluation } from './evaluation.ts';
import { making, PREDICTION } from './make.ts';
import { denoisingMeter } from './meter.ts';
import { denoisingObjective, judgedErrors } from './objective.ts';
import { generateOptions, processOf } from './options.ts';

function denoiserOf(model: Model): Denoiser {
  check(
    isDenoiser(model),
    () => `${model.name} answers about pictures and makes none: take one of ${denoisers.names().join(', ')}`,
  );
  return model;
}

/** Pictures of a class, out of noise; a target is the index of a picture's class. */
export const generate: TrainedTask<number, null, GenerateEvaluation> = {
  name: 'generate',
  about: 'make pictures of each class',
  target: z.int().min(0),
  leastClasses: 1,
  everyClassTrains: true,
  shows: (target) => [target],
  encoder: (): Encoder<number> => ({
    shapes: { labels: [1] },
    encode: (target, into) => {
      into.labels![0] = target;
    },
    blends: false,
  }),

  options: generateOptions,
  models: denoisers,
  defaults: {
    recipe: 'mirror',
    model: 'ascan-unet-micro',
    input: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    train: { lr: 1e-3, weightDecay: 0, ema: 0.999, epochs: 200, warmup: 5, evalEvery: 5 },
  },
  network: (model, options) => {
    const denoiser = denoiserOf(model);
    const outputs = judgedErrors(denoiser, processOf(options));
    return { model, reads: [denoiser.logits], outputs, judged: Object.keys(outputs) };
  },
  objective: ({ model }, { options }) => {
    const { labelDropout } = generateOptions.parse(options);
    return denoisingObjective(denoiserOf(model), processOf(options), labelDropout);
  },
  tally: (outputs, { truths }) => {
    const sum = floats(outputs.each, 'each').reduce((a, b) => a + b, 0);
    return { loss: { sum, count: truths.length } };
  },

  figures: [{ name: 'loss', label: 'denoising error', share: false }],
  meter: denoisingMeter,
  rank: (figures) => [-(figures.loss ?? Number.POSITIVE_INFINITY)],
  evaluation: generateEvaluation,

  ship: {
    options: z.strictObject({}),
    outputs: ({ model }) => ({ [PREDICTION]: denoiserOf(model).logits }),
    about: {
      [PREDICTION]: '[N, channels, height, width], what the sampler makes the next, less noisy picture of',
    },
    code: {
      node: ([y]) => `console.log(${y}.dims);`,
      python: ([y]) => `print(${y}.shape)`,
    },
  },
  makes: making,
  answerOf: () => null,
  answer: z.null(),
};
