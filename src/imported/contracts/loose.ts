import { f32 } from '../../base/tensor.ts';
import { cast, concat, gather, ints, reshape, slice, sub } from '../../graph/build.ts';
import { apply, apply1 } from '../../graph/op.ts';
import { constant, type Value } from '../../graph/value.ts';
import { letterbox } from './cells.ts';
import type { Contract, FileAnswers } from './contract.ts';
import type { Output } from './forms.ts';

/** Detectors of one picture that list as many boxes as they keep, without an axis for pictures: files that were exported with NMS, for one picture. */

/** Rows of the list that is made of them; what is beyond is less sure than all of these. */
const ROWS = 300;
/** No box, score 0, no class. */
const EMPTY = [0, 0, 0, 0, 0, -1];

/** Boxes [K, 4], scores [K, 1] and classes [K, 1] as a list [1, rows, 6] of ours, the surest first; K hangs on the picture and may be 0. */
function fixedRows(boxes: Value, scores: Value, labels: Value): Value {
  const empty = constant(f32([ROWS, EMPTY.length], Array.from({ length: ROWS }, () => EMPTY).flat()));
  const all = concat([concat([boxes, scores, labels], 1), empty], 0);
  const sure = apply1('Squeeze', [slice(all, [1], [4], [5]), ints([1])]);
  const [, order] = apply('TopK', [sure, ints([ROWS])]) as [Value, Value];
  return reshape(gather(all, order, 0), [1, ROWS, EMPTY.length]);
}

/** Outputs that have one row for each of an unknown number of boxes. */
const loose = ({ outputs, batch }: FileAnswers): Output[] =>
  batch === 1
    ? [...outputs].flatMap(([name, value]) => (typeof value.type.shape[0] === 'string' ? [{ name, value }] : []))
    : [];

const shapeIs = ({ value: { type } }: Output, dtype: RegExp, ...rest: readonly number[]) =>
  dtype.test(type.dtype) && type.shape.slice(1).join() === rest.join();

export const yolov7Rows: Contract = {
  name: 'yolov7-nms',
  task: 'detect',
  about:
    'YOLOv7 with NMS inside (--end2end --max-wh), one picture at a time: [boxes, 7], picture, corners in pixels, class, score',
  pixels: letterbox,
  read: (file) => {
    const rows = loose(file).find((o) => shapeIs(o, /^float32$/, 7));
    if (!rows) return undefined;
    const column = (from: number, to: number) => slice(rows.value, [1], [from], [to]);
    return {
      sure: loose(file).length === 1,
      why: 'rows of 7 numbers, as many as there are boxes',
      reads: [rows.name],
      answers: () => ({ detections: fixedRows(column(1, 5), column(6, 7), column(5, 6)) }),
    };
  },
};

/** torchvision's SSD, RetinaNet, FCOS and Faster R-CNN. Class 0 is background, so that labels begin at 1. */
export const looseBoxes: Contract = {
  name: 'torchvision',
  task: 'detect',
  about:
    'torchvision’s detectors, one picture at a time: boxes [boxes, 4] as corners in pixels, scores [boxes], classes [boxes] from 1',
  pixels: { preset: 'unit', cropMode: 'squash', interpolation: 'bilinear' },
  read: (file) => {
    const all = loose(file);
    const boxes = all.find((o) => shapeIs(o, /^float32$/, 4));
    const scores = all.find((o) => shapeIs(o, /^float32$/));
    const labels = all.find((o) => shapeIs(o, /^int(32|64)$/));
    if (!boxes || !scores || !labels) return undefined;
    const column = (v: Value) => apply1('Unsqueeze', [v, ints([1])]);
    return {
      sure: /pytorch/i.test(file.producer) && all.length === 3,
      why: 'boxes, scores and labels, as many as there are',
      reads: [boxes.name, scores.name, labels.name],
      answers: () => ({
        detections: fixedRows(boxes.value, column(scores.value), sub(column(cast(labels.value, 'float32')), 1)),
      }),
    };
  },
};
