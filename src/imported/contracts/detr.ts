import { sigmoid, softmax } from '../../graph/build.ts';
import type { Value } from '../../graph/value.ts';
import { columns, cornersOf, inPixels } from './boxes.ts';
import type { Contract, FileAnswers, Reading } from './contract.ts';
import { floatsOfRank, known } from './forms.ts';

/** Transformers with a fixed number of questions: logits [N, Q, …] and boxes [N, Q, 4], middle and size in shares of the picture. */

const pixels = { preset: 'imagenet', cropMode: 'border', interpolation: 'bilinear' } as const;
/** Classes of COCO: its 80, or its numbers with the gaps between. */
const COCO = [80, 91];

interface Queries {
  readonly logits: Value;
  readonly boxes: Value;
  readonly reads: readonly string[];
  readonly named: boolean;
}

function queriesOf(file: FileAnswers): Queries | undefined {
  const all = floatsOfRank(file, 3);
  const named = (name: RegExp) => all.find((o) => name.test(o.name));
  const boxes = named(/^pred_boxes$/) ?? all.find(({ value }) => known(value, 2) === 4);
  if (!boxes || known(boxes.value, 2) !== 4) return undefined;
  const beside = all.filter((o) => o !== boxes && known(o.value, 1) === known(boxes.value, 1) && known(o.value, 2) > 0);
  const logits = beside.find(({ name }) => /^(pred_)?logits$/.test(name)) ?? beside[0];
  if (!logits || known(boxes.value, 1) === 0) return undefined;
  return {
    logits: logits.value,
    boxes: boxes.value,
    reads: [logits.name, boxes.name],
    named: boxes.name === 'pred_boxes' && /logits/.test(logits.name),
  };
}

function reading(file: FileAnswers, extra: 0 | 1, scores: (logits: Value) => Value): Reading | undefined {
  const found = queriesOf(file);
  if (!found) return undefined;
  const classes = known(found.logits, 2) - extra;
  const fits = file.labels ? file.labels.length === classes : COCO.includes(classes);
  if (classes < 1 || (file.labels && !fits)) return undefined;
  const told = extra ? 'one of them for "nothing"' : 'each for a class';
  return {
    sure: found.named && fits,
    why: `${classes + extra} logits, ${told}, ${fits ? 'fit' : 'may be so or not'}${found.named ? '' : '; the outputs have other names than logits and pred_boxes'}`,
    classes,
    reads: found.reads,
    answers: (n) => ({
      boxes: inPixels(cornersOf(found.boxes), file.size),
      confidence: columns(scores(found.logits), 0, n),
    }),
  };
}

/** One class is right, or none: the last logit stands for none (Carion et al. 2020, arXiv 2005.12872). */
export const detr: Contract = {
  name: 'detr',
  task: 'detect',
  about:
    'DETR: logits [N, queries, classes + 1] and pred_boxes [N, queries, 4], middle and size in shares of the picture',
  pixels,
  read: (file) => reading(file, 1, (logits) => softmax(logits, 2)),
};

/** Every class is asked by itself. */
export const rtDetr: Contract = {
  name: 'rt-detr',
  task: 'detect',
  about: 'RT-DETR, Deformable and Conditional DETR: logits [N, queries, classes] and pred_boxes [N, queries, 4]',
  pixels: { preset: 'unit', cropMode: 'squash', interpolation: 'bilinear' },
  read: (file) => reading(file, 0, sigmoid),
};
