import { cast, concat, reshape, sub } from '../../graph/build.ts';
import type { Value } from '../../graph/value.ts';
import { columns, inPixels, turned } from './boxes.ts';
import { letterbox } from './cells.ts';
import type { Contract, FileAnswers, Reading } from './contract.ts';
import { floatsOfRank, known, type Output, stridesOf } from './forms.ts';

/** Detectors that choose their boxes themselves. */

/** Most rows that a list of chosen boxes has; more are the cells of a head. */
const MOST = 1000;

/** Left, top, right, bottom in pixels of the input, score 0 … 1, class: what a list of ours is, too. */
export const yoloRows: Contract = {
  name: 'yolo-nms',
  task: 'detect',
  about: 'YOLOv10, YOLO26 and Ultralytics with nms=True: [N, rows, 6], corners in pixels, score, class',
  pixels: letterbox,
  read: (file) => {
    const found = floatsOfRank(file, 3).find(({ value }) => known(value, 2) >= 6 && known(value, 1) <= MOST);
    if (!found) return undefined;
    const [rows, numbers] = [known(found.value, 1), known(found.value, 2)];
    const cells = [1, 3].find((each) => stridesOf(rows, file.size, each) !== undefined);
    const alone = floatsOfRank(file, 3).length === 1;
    return {
      sure: numbers === 6 && rows > 0 && cells === undefined && alone,
      why: whyRows(rows, numbers, cells, alone),
      reads: [found.name],
      notes:
        numbers > 6
          ? [`each row has ${numbers - 6} numbers more (masks, key points, an angle): they are left out`]
          : [],
      answers: () => ({ detections: numbers > 6 ? columns(found.value, 0, 6) : found.value }),
    };
  },
};

function whyRows(rows: number, numbers: number, cells: number | undefined, alone: boolean): string {
  if (numbers !== 6) return `${numbers} numbers a row are more than box, score and class`;
  if (rows === 0) return 'how many rows there are is not known';
  if (cells !== undefined) return `${rows} rows may also be the cells of a head with one class`;
  return alone ? `${rows} rows of 6 numbers are a list of chosen boxes` : 'there are other outputs of three axes';
}

interface Parts {
  readonly boxes: Output;
  readonly scores: Output;
  readonly labels: Output;
}

/** Boxes [N, K, 4] with a score [N, K] and a class [N, K] each; a count of them may stand beside. */
function partsOf({ outputs }: FileAnswers): Parts | undefined {
  const all = [...outputs].map(([name, value]) => ({ name, value }));
  const boxes = all.find(({ value }) => value.type.shape.length === 3 && known(value, 2) === 4);
  const rows = all.filter(
    ({ value: { type } }) => type.shape.length === 2 && type.shape[1] === boxes?.value.type.shape[1],
  );
  const isLabel = ({ name, value }: Output) => value.type.dtype !== 'float32' || /label|class/i.test(name);
  const labels = rows.find(isLabel);
  const scores = rows.find((r) => r !== labels && r.value.type.dtype === 'float32');
  return boxes && labels && scores && rows.length === 2 ? { boxes, scores, labels } : undefined;
}

const listed = ({ scores, labels }: Parts, boxes: Value, first: number): Record<string, Value> => {
  const [n, rows] = boxes.type.shape;
  const column = (v: Value) => reshape(cast(v, 'float32'), [n!, rows!, 1]);
  const label = column(labels.value);
  return { detections: concat([boxes, column(scores.value), first === 0 ? label : sub(label, first)], 2) };
};

const reads = ({ boxes, scores, labels }: Parts) => [boxes.name, scores.name, labels.name];

/** TensorFlow's object detection interface: boxes in shares of the picture, the vertical first, classes from 1. */
export const tensorflow: Contract = {
  name: 'tf-detection',
  task: 'detect',
  about:
    'TensorFlow’s detection models (SSD with NMS): detection_boxes, detection_scores, detection_classes, num_detections',
  pixels: { preset: 'bytes', cropMode: 'squash', interpolation: 'bilinear' },
  read: (file) => {
    const parts = partsOf(file);
    if (!parts) return undefined;
    const named = /detection_boxes/.test(parts.boxes.name);
    return {
      sure: named,
      why: named ? 'the outputs have its names' : 'the outputs have other names',
      reads: reads(parts),
      answers: () => listed(parts, inPixels(turned(parts.boxes.value), file.size), 1),
    };
  },
};

/** Chosen boxes in shares of the picture or in pixels: the shapes do not say which. */
const plain = (
  name: string,
  about: string,
  preset: 'imagenet' | 'unit',
  made: (boxes: Value, file: FileAnswers) => Value,
  first: number,
): Contract => ({
  name,
  task: 'detect',
  about,
  pixels: { preset, cropMode: 'squash', interpolation: 'bilinear' },
  read: (file): Reading | undefined => {
    const parts = partsOf(file);
    return (
      parts && {
        sure: false,
        why: 'boxes, scores and classes do not say whether boxes are in pixels',
        reads: reads(parts),
        answers: () => listed(parts, made(parts.boxes.value, file), first),
      }
    );
  },
});

export const ssd = plain(
  'ssd',
  'SSD with NMS: boxes [N, rows, 4] in shares of the picture, scores [N, rows], classes [N, rows] from 1',
  'imagenet',
  (boxes, { size }) => inPixels(boxes, size),
  1,
);

export const listedBoxes = plain(
  'boxes-scores-labels',
  'chosen boxes [N, rows, 4] in pixels, scores [N, rows], classes [N, rows] from 0',
  'unit',
  (boxes) => boxes,
  0,
);
