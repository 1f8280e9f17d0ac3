import { f32 } from '../../base/tensor.ts';
import { add, concat, exp, mul, transpose } from '../../graph/build.ts';
import { constant, type Value } from '../../graph/value.ts';
import { columns, cornersOf } from './boxes.ts';
import { cellsOf, cellsText, countOf, letterbox, objectRows, placesIn, SIDES, scored } from './cells.ts';
import type { Contract } from './contract.ts';
import { known, onlyRows, stridesOf } from './forms.ts';

/**
 * Heads without anchors and without a number for "a thing": of each of A cells the box (middle, width, height in pixels of the input)
 * and a score 0 … 1 for each class. Files for masks, key points and turned boxes have further rows, which are left out.
 */
export const yolov8: Contract = {
  name: 'yolov8',
  task: 'detect',
  about: 'YOLOv8, v9, 11 and 12: [N, 4 + classes, boxes], boxes as middle and size in pixels',
  pixels: letterbox,
  read: (file) => {
    const found = onlyRows(file);
    if (!found) return undefined;
    const { name, value } = found;
    const [numbers, cells] = [known(value, 1), known(value, 2)];
    const counted = countOf(numbers - SIDES, file);
    if (!counted || cells <= numbers) return undefined;
    const strides = stridesOf(cells, file.size);
    return {
      sure: strides !== undefined,
      why: cellsText(cells, strides, 1, file.size),
      reads: [name],
      ...counted,
      answers: (classes) => {
        const rows = transpose(value, [0, 2, 1]);
        return { boxes: cornersOf(columns(rows, 0, SIDES)), confidence: columns(rows, SIDES, SIDES + classes) };
      },
    };
  },
};

/** Heads with three anchors a cell, decoded. */
export const yolov5: Contract = {
  name: 'yolov5',
  task: 'detect',
  about:
    'YOLOv5 and v7: [N, boxes, 5 + classes], three boxes a cell as middle and size in pixels, then how sure it is a thing',
  pixels: letterbox,
  read: (file) => {
    const rows = objectRows(file, 3);
    return rows && { sure: rows.strides !== undefined, ...rows.reading, answers: (n) => scored(rows.value, n) };
  },
};

/** The same with one box a cell. */
export const yolov6: Contract = {
  name: 'yolov6',
  task: 'detect',
  about:
    'YOLOv6, and YOLOX exported with its decoding: [N, boxes, 5 + classes], one box a cell as middle and size in pixels',
  pixels: letterbox,
  read: (file) => {
    const rows = objectRows(file, 1);
    if (!rows) return undefined;
    const { decoded, told } = placesIn(rows.value);
    return {
      ...rows.reading,
      sure: rows.strides !== undefined && decoded,
      why: `${rows.reading.why}; ${told}`,
      notes: [...(rows.reading.notes ?? []), 'if this is a YOLOX, it wants --preprocessing bytes --bgr'],
      answers: (n) => scored(rows.value, n),
    };
  },
};

/** As YOLOX is exported: the middle is meant from the cell's corner on, in cells, and sizes are logarithms of cells (Ge et al. 2021, arXiv 2107.08430). */
export const yolox: Contract = {
  name: 'yolox',
  task: 'detect',
  about: 'YOLOX without its decoding: [N, cells, 5 + classes], middle and logarithm of the size in cells',
  pixels: { ...letterbox, preset: 'bytes', bgr: true },
  read: (file) => {
    const rows = objectRows(file, 1);
    // Without knowing the cells there is nothing to decode with.
    if (!rows?.strides) return undefined;
    const { strides, value } = rows;
    const { decoded, told } = placesIn(value);
    return {
      ...rows.reading,
      sure: !decoded,
      why: `${rows.reading.why}; ${told}`,
      answers: (n) => scored(value, n, decodedBoxes(value, strides, file.size)),
    };
  },
};

function decodedBoxes(rows: Value, strides: readonly number[], [height, width]: readonly [number, number]): Value {
  const corners: number[] = [];
  const sizes: number[] = [];
  for (const stride of strides) {
    for (const [x, y] of cellsOf(Math.ceil(height / stride), Math.ceil(width / stride))) {
      corners.push(x * stride, y * stride);
      sizes.push(stride);
    }
  }
  const stride = constant(f32([1, sizes.length, 1], sizes));
  const middle = add(mul(columns(rows, 0, 2), stride), constant(f32([1, sizes.length, 2], corners)));
  return cornersOf(concat([middle, mul(exp(columns(rows, 2, 4)), stride)], 2));
}
