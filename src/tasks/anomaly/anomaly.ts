import { check } from '../../base/errors.ts';
import { cast, greater } from '../../graph/build.ts';
import type { Encoder } from '../batch.ts';
import type { KeptOptions } from '../fitting.ts';
import { drawSegment } from '../segment/draw.ts';
import type { Task } from '../task.ts';
import { type AnomalyAnswer, anomalyAnswer, anomalyAnswerOf, THRESHOLD } from './answer.ts';
import { drawHeat } from './draw.ts';
import { type AnomalyEvaluation, anomalyEvaluation } from './evaluation.ts';
import { fitAnomaly } from './fit.ts';
import { anomalyMeter } from './meter.ts';
import { anomalyNetwork, settled } from './network.ts';
import { anomalyOptions, settledOptions } from './options.ts';
import { type AnomalyTarget, anomalyTarget } from './target.ts';

/** What the fit is doing, for people. */
const doing = {
  features: 'looking at good pictures',
  memory: 'choosing what to remember',
  threshold: 'finding the threshold',
};

/** Whether a part is unlike all good ones, and where, learnt from good pictures alone. */
export const anomaly: Task<AnomalyTarget, AnomalyAnswer, AnomalyEvaluation> = {
  name: 'anomaly',
  about: 'is it unlike all good ones, and where: learnt from good pictures alone',
  target: anomalyTarget,
  leastClasses: 0,
  everyClassTrains: false,
  learnsFrom: ({ anomalous }) => !anomalous,
  shows: ({ anomalous }) => [anomalous ? 1 : 0],
  // Nothing is compared with a target while a head is fitted.
  encoder: (): Encoder<AnomalyTarget> => ({ shapes: {}, encode: () => {}, blends: false }),

  options: anomalyOptions,
  network: (model, options) => anomalyNetwork(model, settledOptions.parse(options)),
  fitting: {
    settle: (options, { pictures, model, seed }): KeptOptions => {
      check(pictures >= 2, () => `finding anomalies needs at least two good pictures to learn from, got ${pictures}`);
      return settled(settledOptions.parse(options), model, pictures, seed);
    },
    fit: async ({ network, options, onProgress, train, val, ...job }) => {
      const known = settledOptions.parse(options);
      const { weights, threshold } = await fitAnomaly({
        ...job,
        model: network.model,
        options: known,
        good: train,
        ...(val && { held: { source: val, isGood: ({ anomalous }: AnomalyTarget) => !anomalous } }),
        ...(onProgress && { onProgress: (what, done, of) => onProgress(doing[what], done, of) }),
      });
      const { falseAlarms, pictures } = threshold;
      return { weights, options: { ...known, promised: { falseAlarms, pictures } } };
    },
  },

  placed: true,

  figures: [
    { name: 'auroc', label: 'AUROC', share: true },
    { name: 'missed', label: 'missed', share: true },
    { name: 'falseAlarms', label: 'false alarms', share: true },
    { name: 'pixelAuroc', label: 'AUROC of pixels', share: true },
    { name: 'aupro', label: 'AUPRO', share: true },
  ],
  meter: anomalyMeter,
  rank: (figures) => [figures.auroc ?? 0, -(figures.missed ?? 0)],
  evaluation: anomalyEvaluation,

  ship: {
    options: anomalyOptions.pick({}),
    outputs: ({ outputs }) => {
      const score = outputs.score!;
      return { score, anomalous: cast(greater(score, THRESHOLD), 'float32'), map: outputs.map! };
    },
    about: {
      score: '[N], how unlike good pictures each picture is, in units of the threshold: above 1 it is anomalous',
      anomalous: '[N], 1 where the score is above 1, else 0',
      map: '[N, 1, height, width] of the input, the same for each pixel: 1 is the highest that good pictures reach',
    },
    code: {
      node: ([score, anomalous, map]) => `let most = 0;
for (let i = 1; i < ${map}.data.length; i++) if (${map}.data[i] > ${map}.data[most]) most = i;
const width = ${map}.dims[3];
console.log(labels[${anomalous}.data[0]], \`score \${${score}.data[0].toFixed(2)}, most at x \${most % width}, y \${Math.floor(most / width)}\`);`,
      python: ([score, anomalous, map]) => `y, x = divmod(int(${map}[0, 0].argmax()), ${map}.shape[3])
print(labels[int(${anomalous}[0])], f'score {${score}[0]:.2f}, most at x {x}, y {y}')`,
    },
  },
  drawAnswer: drawHeat,
  draw: (picture, { mask }, placement) => {
    if (mask) drawSegment(picture, mask, placement);
  },
  answerOf: anomalyAnswerOf,
  answer: anomalyAnswer,
};
