import { check } from '../../base/errors.ts';
import { isFloat32 } from '../../base/tensor.ts';
import { processNamed } from '../../diffusion/processes/index.ts';
import { sample } from '../../diffusion/sample.ts';
import type { Making } from '../making.ts';
import { generateEvaluation } from './evaluation.ts';
import { frechetDistance } from './metrics/frechet.ts';
import { neighbours } from './metrics/neighbours.ts';
import { generateOptions, makingOptions } from './options.ts';

/** Name of what the shipped network gives. */
export const PREDICTION = 'prediction';

/** Pictures from noise, by the process that the network was trained on. */
export const making: Making = {
  options: makingOptions,
  compare: (real, made, trained) => ({
    frechet: frechetDistance(real, made),
    frechetReal: frechetDistance(real, trained),
    ...neighbours(real, made),
  }),
  withMade: (evaluation, made) => generateEvaluation.parse({ ...generateEvaluation.parse(evaluation), made }),
  showEvery: (options) => generateOptions.parse(options).showEvery,
  make: (call, wanted, { shape, classes, options, making: given, onStep }) => {
    const process = processNamed(generateOptions.parse(options).process);
    const { steps, sampler, guidance, guidanceFrom, guidanceTo } = makingOptions.parse(given);
    return sample(
      async (feeds) => {
        const t = (await call({ ...feeds }))[PREDICTION];
        check(t && isFloat32(t), `the network must give float32 '${PREDICTION}'`);
        return t;
      },
      wanted.map(({ label = classes, seed }) => ({ label, seed })),
      { process, sampler, steps, guidance, interval: [guidanceFrom, guidanceTo], shape, classes, onStep },
    );
  },
};
