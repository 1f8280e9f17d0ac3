import { z } from 'zod';
import { f32 } from '../../base/tensor.ts';
import { drawText } from '../../data/draw.ts';
import { moveBoxes } from '../../data/geometry/boxes.ts';
import { unmoved } from '../../data/geometry/placement.ts';
import { and, cast, equal, greater, less, mul, reduceMax, slice, transpose } from '../../graph/build.ts';
import { constant, input, type Value } from '../../graph/value.ts';
import { pyramid } from '../../models/pyramid.ts';
import type { Encoder } from '../batch.ts';
import type { Objective } from '../objective.ts';
import type { Network, ObjectiveContext, TrainedTask } from '../task.ts';
import { pointsOf } from './anchors.ts';
import { type DetectAnswer, detectAnswer, detectAnswering, detectAnswerOf } from './answer.ts';
import { assignerNames, assigners } from './assign.ts';
import { sidesOf } from './boxes.ts';
import { drawDetect } from './draw.ts';
import { type DetectEvaluation, detectEvaluation } from './evaluation.ts';
import { detectHeadNames, detectHeads } from './heads/heads.ts';
import { detectLoss } from './loss.ts';
import { detectMeter } from './meter.ts';
import { detector } from './network.ts';
import { detectShip } from './ship.ts';
import { type DetectTarget, detectTarget } from './target.ts';

/** Options of training that only detection has. */
const detectOptions = z.strictObject({
  detectHead: z
    .enum(detectHeadNames)
    .default('light')
    .describe(detectHeadNames.map((name) => `${name}: ${detectHeads[name].about}`).join('; ')),
  assign: z
    .enum(assignerNames)
    .default('centred')
    .describe(
      'which cells answer for a thing: those in its middle (centred, FCOS), or those that agree best with it (aligned, TOOD)',
    ),
  bins: z
    .int()
    .min(0)
    .max(64)
    .default(0)
    .describe('places boxes by distributions over so many distances (usual is 16); 0: by one number a side'),
});

/** Less of a thing than this is no thing any more: it is left out, or, where much of it is hidden, does not count. */
const LEAST_SEEN = 0.1;
const LEAST_SIDE = 2;
/** Numbers for each thing: left, top, right, bottom, what it is (1 a thing, −1 what does not count, 0 nothing), its class. */
const FIELDS = 6;

/** Where things are, in boxes. */
export const detect: TrainedTask<DetectTarget, DetectAnswer, DetectEvaluation> = {
  name: 'detect',
  about: 'where are they, how many: a box and a class for every thing',
  target: detectTarget,
  leastClasses: 1,
  everyClassTrains: false,
  shows: ({ objects }) => [...new Set(objects.map(({ label }) => label))],
  encoder: (_, truths): Encoder<DetectTarget> => ({
    shapes: { objects: [Math.max(1, ...truths.map(({ objects }) => objects.length)), FIELDS] },
    encode: ({ objects }, into, placement) => {
      const moved = moveBoxes(
        objects.map(({ box }) => box),
        placement,
        { minSide: LEAST_SIDE },
      );
      moved.forEach(({ index, box, visible }, row) => {
        const { label, crowd } = objects[index]!;
        const kind = crowd || visible < LEAST_SEEN ? -1 : 1;
        into.objects!.set([...box, kind, label], row * FIELDS);
      });
    },
    boxes: ({ objects }) => objects.map(({ box }) => box),
    blends: false,
  }),

  options: detectOptions,
  defaults: { recipe: 'dense' },
  placed: true,
  tiles: true,
  network: (model, options) => {
    const { detectHead, bins } = detectOptions.parse(options);
    const { reads, points: _, ...outputs } = detector(model, detectHeads[detectHead], model.classes, bins);
    return { model, reads, outputs, judged: ['boxes', 'scores'] };
  },
  objective,
  tally: () => ({}),

  figures: [
    { name: 'ap50', label: 'AP50', share: true },
    { name: 'ap', label: 'AP', share: true },
  ],
  meter: detectMeter,
  rank: (figures) => [(figures.ap50 ?? 0) + (figures.ap ?? 0)],
  evaluation: detectEvaluation,

  ship: detectShip,
  drawAnswer: (picture, { objects }, classes) => {
    const shown = objects.map(({ label, box }) => ({ label: classes.indexOf(label), box }));
    drawDetect(picture, { objects: shown }, unmoved([picture.height, picture.width]));
    objects.forEach(({ label, score, box }) => {
      drawText(
        picture,
        Math.round(box[0]) + 2,
        Math.max(0, Math.round(box[1]) - 9),
        `${label} ${Math.round(100 * score)}`,
        [255, 255, 255],
      );
    });
  },
  draw: drawDetect,

  answering: detectAnswering,
  answerOf: detectAnswerOf,
  answer: detectAnswer,
};

function objective({ model, outputs }: Network, { classes, options }: ObjectiveContext): Objective {
  const { detectHead, assign } = detectOptions.parse(options);
  const { scores, boxes, bins } = outputs as { scores: Value; boxes: Value; bins?: Value };
  const points = pointsOf(pyramid(model, detectHeads[detectHead].levels));
  const objects = input('objects', 'float32', ['N', 'M', FIELDS]);
  const column = (from: number, to: number) => slice(objects, [2], [from], [to]);
  const kind = column(4, 5);
  const truths = {
    boxes: column(0, 4),
    kinds: kindsOf(column(5, 6), classes),
    there: cast(greater(kind, 0), 'float32'),
  };
  const found = { scores, boxes };
  const assigned = assigners[assign](truths, found, points);
  const aside = insideAny(truths.boxes, cast(less(kind, 0), 'float32'), points.middle);
  return { loss: detectLoss(found, assigned, points, { ignored: aside, ...(bins && { bins }) }) };
}

/** Class numbers [N, M, 1] as [N, M, classes], 1 at the class. */
function kindsOf(labels: Value, classes: number): Value {
  const numbers = constant(
    f32(
      [1, 1, classes],
      Array.from({ length: classes }, (_, c) => c),
    ),
  );
  return cast(equal(labels, numbers), 'float32');
}

/** [N, A, 1]: 1 at points that lie in any of the boxes [N, M, 4] with a flag [N, M, 1] of 1. */
function insideAny(boxes: Value, flag: Value, middle: Value): Value {
  const [left, top, right, bottom] = sidesOf(boxes);
  const [x, y] = [0, 1].map((k) => transpose(slice(middle, [2], [k], [k + 1]), [0, 2, 1])) as [Value, Value];
  const inside = and(and(greater(x, left), less(x, right)), and(greater(y, top), less(y, bottom)));
  return transpose(reduceMax(mul(cast(inside, 'float32'), flag), [1]), [0, 2, 1]);
}
