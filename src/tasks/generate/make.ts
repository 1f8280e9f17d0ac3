import { check } from '../../base/errors.ts';
import { gatherRows } from '../../base/rows.ts';
import { f32, i64, isFloat32, sizeOf } from '../../base/tensor.ts';
import { numbers } from '../../diffusion/maths.ts';
import { noiseOf, sampleTold } from '../../diffusion/sample.ts';
import type { Told } from '../../diffusion/telling.ts';
import type { Tensors } from '../../runtime/runtime.ts';
import type { Beside, Making, WantedPicture } from '../making.ts';
import { captionInputs, goldenCaptions } from './captions/inputs.ts';
import { generateEvaluation } from './evaluation.ts';
import { frechetDistance } from './metrics/frechet.ts';
import { neighbours } from './metrics/neighbours.ts';
import { keptOptions, makingOptions, processOf } from './options.ts';
import { generateTarget } from './target.ts';

/** Name of what the shipped network gives. */
export const PREDICTION = 'prediction';

const LABEL: Beside = {
  name: 'label',
  dtype: 'int64',
  about: 'the class, from 0 in the order of labels.json, or their number for none',
};

/** Pictures from noise, by the process that the network was trained on. */
export const making: Making = {
  options: makingOptions,
  beside: (text) => [
    { name: 'time', dtype: 'float32', about: 'how noisy it is, `embed` of a step in making.json' },
    ...(text ? captionInputs(text) : [LABEL]),
  ],
  wish: (target) => {
    const parsed = generateTarget.parse(target);
    return typeof parsed === 'number' ? { label: parsed } : { text: parsed.captions[0]! };
  },
  golden: (count, shape, classes, text) => {
    const image = f32([count, ...shape]);
    const each = sizeOf(shape);
    for (let i = 0; i < count; i++) image.data.set(noiseOf(i, each), i * each);
    const time = f32(
      [count],
      Array.from({ length: count }, (_, i) => (i + 0.5) / count),
    );
    const label = i64(
      [count],
      Array.from({ length: count }, (_, i) => i % (classes + 1)),
    );
    return { image, time, ...(text ? goldenCaptions(count, text) : { label }) };
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
  firstStage: (options) => keptOptions.parse(options).autoencoder,
  shipped: (options) => {
    const { autoencoder: _stage, textEncoder: _encoder, text: _shape, ...rest } = keptOptions.parse(options);
    return rest;
  },
  showEvery: (options) => keptOptions.parse(options).showEvery,
  make: async ({ tell, look }, wanted, { shape, classes, options, making: given, read, from, onStep, onLook }) => {
    const { steps, sampler, guidance, guidanceFrom, guidanceTo } = makingOptions.parse(given);
    return sampleTold(
      {
        tell,
        look: async (feeds) => {
          const t = (await look(feeds))[PREDICTION];
          check(t && isFloat32(t), `the network must give float32 '${PREDICTION}'`);
          return t;
        },
      },
      wanted,
      {
        ...{ process: processOf(options), sampler, steps, guidance, interval: [guidanceFrom, guidanceTo] },
        ...{ shape, from, onStep, onLook },
        told: read
          ? captionsTold(await read([...wanted.map(({ text = '' }) => text), '']))
          : classesTold(wanted, classes),
      },
    );
  },
};

const classesTold =
  (wanted: readonly WantedPicture[], classes: number): Told =>
  (rows) => ({
    label: i64(
      [rows.length],
      rows.map((i) => (i === undefined ? classes : (wanted[i]!.label ?? classes))),
    ),
  });

/** Rows of captions that are read; the last one says nothing. */
const captionsTold =
  (captions: Tensors): Told =>
  (rows) =>
    Object.fromEntries(
      Object.entries(captions).map(([name, t]) => [
        name,
        gatherRows(
          t,
          rows.map((i) => i ?? t.shape[0]! - 1),
        ),
      ]),
    );
