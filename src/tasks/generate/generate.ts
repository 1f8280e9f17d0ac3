import { z } from 'zod';
import { check } from '../../base/errors.ts';
import { captioned } from '../../models/denoiser/captioned.ts';
import { type Denoiser, isDenoiser } from '../../models/denoiser/denoiser.ts';
import { tellingTables } from '../../models/denoiser/told.ts';
import { denoisers } from '../../models/denoisers.ts';
import type { Model } from '../../models/model.ts';
import { smallTextEncoder } from '../../models/text-encoder/small.ts';
import type { Encoder } from '../batch.ts';
import { floats, type TrainedTask } from '../task.ts';
import { captionedGenerate } from './captions/captioned.ts';
import { type GenerateEvaluation, generateEvaluation } from './evaluation.ts';
import { making, PREDICTION } from './make.ts';
import { denoisingMeter } from './meter.ts';
import { denoisingObjective, judgedErrors } from './objective.ts';
import { generateOptions, keptOptions, processOf } from './options.ts';
import { type GenerateTarget, generateTarget } from './target.ts';

function denoiserOf(model: Model): Denoiser {
  check(
    isDenoiser(model),
    () => `${model.name} answers about pictures and makes none: take one of ${denoisers.names().join(', ')}`,
  );
  return model;
}

/** The network, told captions where the options say how. */
function toldBy(model: Model, options: unknown): Denoiser {
  const { text } = keptOptions.parse(options);
  const denoiser = denoiserOf(model);
  if (!text) return denoiser;
  const { length, width, query, trained } = text;
  const encoder = trained && smallTextEncoder({ ...trained, width });
  return captioned(denoiser, { shape: { length, width }, encoder, textQuery: query });
}

/** Pictures of a class, or of what a caption says, out of noise. */
export const generate: TrainedTask<GenerateTarget, null, GenerateEvaluation> = {
  name: 'generate',
  about: 'make pictures of each class, or of what captions say',
  target: generateTarget,
  leastClasses: 0,
  everyClassTrains: true,
  shows: (target) => (typeof target === 'number' ? [target] : []),
  encoder: (_, truths): Encoder<GenerateTarget> => ({
    shapes: truths.some((target) => typeof target === 'number') ? { labels: [1] } : {},
    encode: (target, into) => {
      if (typeof target === 'number') into.labels![0] = target;
    },
    blends: false,
  }),
  captioned: captionedGenerate,

  options: generateOptions,
  models: denoisers,
  defaults: {
    recipe: 'mirror',
    model: 'ascan-unet-micro',
    input: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    train: { lr: 1e-3, weightDecay: 0, ema: 0.999, epochs: 200, warmup: 5, evalEvery: 5 },
  },
  network: (model, options) => {
    const told = toldBy(model, options);
    const outputs = judgedErrors(told, processOf(options));
    return {
      ...{ model: told, reads: [told.logits], outputs, judged: Object.keys(outputs) },
      ...{ entrances: told.entrance, tables: tellingTables },
    };
  },
  objective: ({ model }, { options }) => {
    const { labelDropout } = keptOptions.parse(options);
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
