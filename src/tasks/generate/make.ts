import { check } from '../../base/errors.ts';
import { f32, i64, isFloat32, sizeOf } from '../../base/tensor.ts';
import { numbers } from '../../diffusion/maths.ts';
import { noiseOf, sample } from '../../diffusion/sample.ts';
import type { Making } from '../making.ts';
import { generateEvaluation } from './evaluation.ts';
import { frechetDistance } from './metrics/frechet.ts';
import { neighbours } from './metrics/neighbours.ts';
import { generateOptions, makingOptions, processOf } from './options.ts';

/** Name of what the shipped network gives. */
export const PREDICTION = 'prediction';

/** Pictures from noise, by the process that the network was trained on. */
export const making: Making = {
  options: makingOptions,
  beside: [
    { name: 'time', dtype: 'float32', about: 'how noisy it is, `embed` of a step in making.json' },
    { name: 'label', dtype: 'int64', about: 'the class, from 0 in the order of labels.json, or their number for none' },
  ],
  golden: (count, shape, classes) => {
    const image = f32([count, ...shape]);
    const each = sizeOf(shape);
    for (let i = 0; i < count; i++) image.data.set(noiseOf(i, each), i * each);
    const time = f32(
      [count],
      Array.from({ length: count }, (_, i) => (i + 0.5) / count),
    );
    return {
      image,
      time,
      label: i64(
        [count],
        Array.from({ length: count }, (_, i) => i % (classes + 1)),
      ),
    };
  },
  levels: (options, given) => {
    const process = processOf(options);
    return process.times(makingOptions.parse(given).steps).map((time) => {
      const { signal, noise, input, embed, skip, out } = process.levelAt(numbers, time);
      // Where there is no noise nobody looks.
      return { signal, noise, input, embed: Number.isFinite(embed) ? embed : 0, skip, out };
    });
  },
  compare: (real, made, trained) => ({
    frechet: frechetDistance(real, made),
    frechetReal: frechetDistance(real, trained),
    ...neighbours(real, made),
  }),
  withMade: (evaluation, made) => generateEvaluation.parse({ ...generateEvaluation.parse(evaluation), made }),
  firstStage: (options) => generateOptions.parse(options).autoencoder,
  shipped: (options) => {
    const { autoencoder: _here, ...rest } = generateOptions.parse(options);
    return rest;
  },
  showEvery: (options) => generateOptions.parse(options).showEvery,
  make: (call, wanted, { shape, classes, options, making: given, from, onStep, onLook }) => {
    const { steps, sampler, guidance, guidanceFrom, guidanceTo } = makingOptions.parse(given);
    return sample(
      async (feeds) => {
        const t = (await call({ ...feeds }))[PREDICTION];
        check(t && isFloat32(t), `the network must give float32 '${PREDICTION}'`);
        return t;
      },
      wanted.map(({ label = classes, seed }) => ({ label, seed })),
      {
        ...{ process: processOf(options), sampler, steps, guidance, interval: [guidanceFrom, guidanceTo] },
        ...{ shape, classes, from, onStep, onLook },
      },
    );
  },
};
