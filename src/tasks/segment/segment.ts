import { z } from 'zod';
import { f32 } from '../../base/tensor.ts';
import { resizeTo } from '../../blocks/resize-to.ts';
import type { Corners } from '../../data/geometry/boxes.ts';
import { ignoreIndex, moveMask } from '../../data/geometry/mask.ts';
import { unmoved } from '../../data/geometry/placement.ts';
import { regionsOf } from '../../data/geometry/regions.ts';
import { constant, input } from '../../graph/value.ts';
import { pyramid } from '../../models/pyramid.ts';
import { rootScope } from '../../nn/scope.ts';
import type { Encoder } from '../batch.ts';
import type { Objective } from '../objective.ts';
import { floats, type Network, type ObjectiveContext, type TrainedTask } from '../task.ts';
import { type SegmentAnswer, segmentAnswer, segmentAnswerOf } from './answer.ts';
import { drawSegment } from './draw.ts';
import { type SegmentEvaluation, segmentEvaluation } from './evaluation.ts';
import { segmentHeadNames, segmentHeads } from './heads/heads.ts';
import { overlaps, pixelLoss } from './loss.ts';
import { segmentMeter } from './meter.ts';
import { maskOfTarget, type SegmentTarget, segmentTarget } from './target.ts';

/** Options of training that only segmentation has. */
const segmentOptions = z.strictObject({
  segmentHead: z
    .enum(segmentHeadNames)
    .default('light')
    .describe(segmentHeadNames.map((name) => `${name}: ${segmentHeads[name].about}`).join('; ')),
  dice: z.number().min(0).max(10).default(1).describe('share of the Dice loss beside the cross-entropy'),
  focal: z
    .number()
    .min(0)
    .max(5)
    .default(0)
    .describe('focuses the cross-entropy on pixels that are still wrong; usual is 2'),
  pixelWeights: z
    .enum(['none', 'balanced'])
    .default('none')
    .describe('weigh classes that fewer pictures show more in the cross-entropy'),
});

/** Which class each pixel is of. */
export const segment: TrainedTask<SegmentTarget, SegmentAnswer, SegmentEvaluation> = {
  name: 'segment',
  about: 'where is it, to the pixel: the class of every pixel',
  target: segmentTarget,
  leastClasses: 2,
  everyClassTrains: false,
  // Whatever a picture shows beside the background, which all show.
  shows: ({ parts }) => parts.flatMap(({ label }) => (label !== ignoreIndex && label > 0 ? [label] : [])),
  encoder: ({ size }): Encoder<SegmentTarget> => ({
    shapes: { labels: [1, ...size] },
    encode: (target, into, placement) => {
      into.labels!.set(moveMask(maskOfTarget(target), placement).data);
    },
    boxes: boxesOf,
    blends: false,
  }),

  options: segmentOptions,
  defaults: { recipe: 'dense' },
  placed: true,
  tiles: true,
  network: (model, options) => {
    const head = segmentHeads[segmentOptions.parse(options).segmentHead];
    const stages = pyramid(model, head.levels);
    const coarse = rootScope().in('segment', (s) => head.build(s, stages, model.classes));
    return {
      model,
      reads: stages.map(({ value }) => value),
      outputs: { logits: resizeTo(coarse, model.size) },
    };
  },
  objective,
  tally: (outputs) => {
    const [both, either] = [floats(outputs.both, 'both'), floats(outputs.either, 'either')];
    const shown = [...both.keys()].slice(1).filter((c) => either[c]! > 0);
    return { iou: { sum: shown.reduce((sum, c) => sum + both[c]! / either[c]!, 0), count: shown.length } };
  },

  figures: [
    { name: 'iou', label: 'IoU', share: true },
    { name: 'miou', label: 'mIoU with background', share: true },
    { name: 'loss', label: 'loss', share: false },
  ],
  meter: segmentMeter,
  rank: (figures) => [figures.iou ?? 0, -(figures.loss ?? 0)],
  evaluation: segmentEvaluation,

  ship: {
    options: z.strictObject({}),
    outputs: ({ outputs }) => ({ ...outputs }),
    about: {
      logits: '[N, classes, height, width] of the input, in the order of labels.json; the largest is a pixel’s class',
    },
    code: {
      node: ([y]) => `const [, classes, height, width] = ${y}.dims;
const plane = height * width;
const counts = new Array(classes).fill(0);
for (let i = 0; i < plane; i++) {
  let best = 0;
  for (let c = 1; c < classes; c++) if (${y}.data[c * plane + i] > ${y}.data[best * plane + i]) best = c;
  counts[best]++;
}
console.log(counts.map((n, c) => \`\${labels[c]}: \${((100 * n) / plane).toFixed(2)} %\`).join(', '));`,
      python: ([y]) => `mask = ${y}[0].argmax(0)
print({label: float((mask == c).mean()) for c, label in enumerate(labels)})`,
    },
  },
  drawAnswer: (picture, { size, parts }, classes) => {
    const shown = parts.map(({ label, runs }) => ({ label: classes.indexOf(label), runs }));
    drawSegment(picture, { size, parts: shown }, unmoved(size));
  },
  draw: drawSegment,
  answerOf: segmentAnswerOf,
  answer: segmentAnswer,
};

function objective({ outputs }: Network, { classes, options, counts }: ObjectiveContext): Objective {
  const { dice, focal, pixelWeights } = segmentOptions.parse(options);
  const logits = outputs.logits!;
  const labels = input('labels', 'float32', ['N', 1, ...logits.type.shape.slice(2)]);
  const weights = pixelWeights === 'balanced' ? constant(f32([1, classes, 1, 1], balanced(counts))) : undefined;
  return {
    loss: pixelLoss(logits, labels, { dice, focal, ...(weights && { weights }) }),
    outputs: overlaps(logits, labels),
  };
}

/** By the pictures that show each class; the background counts as the most frequent of the others. */
function balanced(counts: readonly number[]): number[] {
  const most = Math.max(1, ...counts.slice(1));
  return counts.map((n, c) => (c === 0 ? 1 : n > 0 ? most / n : 0));
}

const known = new WeakMap<SegmentTarget, readonly Corners[]>();

/** Boxes around the connected regions; found once a target. */
function boxesOf(target: SegmentTarget): readonly Corners[] {
  const boxes = known.get(target) ?? regionBoxes(target);
  known.set(target, boxes);
  return boxes;
}

function regionBoxes(target: SegmentTarget): readonly Corners[] {
  const { data } = maskOfTarget(target);
  const [, width] = target.size;
  const { of, sizes } = regionsOf((i) => data[i]! > 0 && data[i] !== ignoreIndex, target.size);
  const boxes = sizes.map((): [number, number, number, number] => [width, data.length, 0, 0]);
  of.forEach((r, i) => {
    if (r === 0) return;
    const box = boxes[r - 1]!;
    const [x, y] = [i % width, Math.floor(i / width)];
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x + 1);
    box[3] = Math.max(box[3], y + 1);
  });
  return boxes;
}
