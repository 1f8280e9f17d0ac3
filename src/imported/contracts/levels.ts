import { f32 } from '../../base/tensor.ts';
import { add, concat, matmul, mul, reshape, sigmoid, slice, softmax, sub, transpose } from '../../graph/build.ts';
import { constant, type Value } from '../../graph/value.ts';
import { columns } from './boxes.ts';
import { cellsOf, countOf, letterbox, SIDES, scored } from './cells.ts';
import type { Contract, FileAnswers, Reading } from './contract.ts';
import { floatsOfRank, known, stridesOfLevels } from './forms.ts';

/*
 * Detectors that were cut off before their decoding, as tool chains of edge devices want them: a map of numbers for each stride. The
 * decoding is put behind them.
 */

/** A map of a file with the stride of its cells. */
interface Level {
  readonly name: string;
  /** [N, cells, numbers]: a row for each cell (and each of its boxes), row by row. */
  readonly rows: Value;
  readonly stride: number;
  readonly height: number;
  readonly width: number;
}

/** The maps [N, numbers, h, w] (or [N, boxes, h, w, numbers]) of a file, the finest first; undefined where they are no levels of one detector. */
function levelsIn(file: FileAnswers, each: number): readonly Level[] | undefined {
  const flat = floatsOfRank(file, 4).map(({ name, value }) => {
    const [, channels, height, width] = [0, 1, 2, 3].map((axis) => known(value, axis)) as [0, number, number, number];
    if (channels * height * width === 0 || channels % each !== 0) return undefined;
    // [N, each · numbers, h, w] → [N, each · h · w, numbers]
    const apart = reshape(value, ['N', each, channels / each, height * width]);
    return { name, numbers: channels / each, height, width, rows: joined(transpose(apart, [0, 1, 3, 2]), each) };
  });
  const split = floatsOfRank(file, 5).map(({ name, value }) => {
    const [boxes, height, width, numbers] = [1, 2, 3, 4].map((axis) => known(value, axis)) as [
      number,
      number,
      number,
      number,
    ];
    if (boxes !== each || height * width * numbers === 0) return undefined;
    return { name, numbers, height, width, rows: reshape(value, ['N', each * height * width, numbers]) };
  });
  const found = (flat.length > 1 ? flat : split).flatMap((level) => level ?? []);
  if (found.length < 2 || found.length !== Math.max(flat.length, split.length)) return undefined;
  if (new Set(found.map(({ numbers }) => numbers)).size > 1) return undefined;
  const sorted = [...found].sort((a, b) => b.height * b.width - a.height * a.width);
  const strides = stridesOfLevels(sorted, file.size);
  return strides && sorted.map((level, i) => ({ ...level, stride: strides[i]! }));
}

const joined = (x: Value, each: number): Value => {
  const [, , cells, numbers] = x.type.shape as [string, number, number, number];
  return reshape(x, ['N', each * cells, numbers]);
};

const numbersOf = ([first]: readonly Level[]): number => known(first!.rows, 2);

/** The cells of a level (or of all boxes in them): left upper corners in cells, [1, cells, 2]. */
function cornersIn({ height, width }: Level, each: number): Value {
  const cells = cellsOf(height, width).flat();
  const all = Array.from({ length: each }, () => cells).flat();
  return constant(f32([1, each * height * width, 2], all));
}

const reading = (levels: readonly Level[]): Pick<Reading, 'why' | 'reads'> => ({
  why: `${levels.length} maps with the cells of strides ${levels.map(({ stride }) => stride).join(', ')}`,
  reads: levels.map(({ name }) => name),
});

/** Numbers that stand for one side of a box, where nothing else is said. */
const BINS = 16;

/**
 * Heads without anchors, not decoded: for each side of the box a distribution over distances in cells (Li et al. 2020, arXiv 2006.04388), then a
 * number for each class before the sigmoid.
 */
export const yolov8Levels: Contract = {
  name: 'yolov8-levels',
  task: 'detect',
  about: 'YOLOv8, v9, 11 and 12 cut off before their decoding: [N, 4 · bins + classes, h, w] for each stride',
  pixels: letterbox,
  read: (file) => {
    const levels = levelsIn(file, 1);
    if (!levels) return undefined;
    const numbers = numbersOf(levels);
    const classes = file.labels?.length ?? numbers - SIDES * BINS;
    const bins = (numbers - classes) / SIDES;
    if (classes < 1 || !Number.isInteger(bins) || bins < 2) return undefined;
    return {
      ...reading(levels),
      // Without names the same number may be several boxes a cell.
      sure: file.labels !== undefined && (numbers % ANCHORED !== 0 || bins === BINS),
      classes,
      answers: () => ({
        boxes: concat(
          levels.map((level) => fromDistances(level, bins)),
          1,
        ),
        confidence: sigmoid(
          concat(
            levels.map(({ rows }) => columns(rows, SIDES * bins, numbers)),
            1,
          ),
        ),
      }),
    };
  },
};

/** Corners from the middle of each cell and the expected distances to the four sides. */
function fromDistances(level: Level, bins: number): Value {
  const { rows, stride, height, width } = level;
  const cells = height * width;
  const shares = softmax(reshape(columns(rows, 0, SIDES * bins), ['N', cells, SIDES, bins]), 3);
  const places = constant(
    f32(
      [bins, 1],
      Float32Array.from({ length: bins }, (_, i) => i),
    ),
  );
  const distances = reshape(matmul(shares, places), ['N', cells, SIDES]);
  const middle = add(cornersIn(level, 1), 0.5);
  const corners = [sub(middle, columns(distances, 0, 2)), add(middle, columns(distances, 2, SIDES))];
  return mul(concat(corners, 2), stride);
}

/** Boxes of a cell in heads with anchors. */
const ANCHORED = 3;

/** Widths and heights in pixels that the boxes of each level start from, of the weights that their authors publish. */
const anchors = {
  'yolov5-levels': [
    [10, 13, 16, 30, 33, 23],
    [30, 61, 62, 45, 59, 119],
    [116, 90, 156, 198, 373, 326],
  ],
  'yolov7-levels': [
    [12, 16, 19, 36, 40, 28],
    [36, 75, 76, 55, 72, 146],
    [142, 110, 192, 243, 459, 401],
  ],
};

const anchored = (name: keyof typeof anchors, about: string): Contract => ({
  name,
  task: 'detect',
  about: `${about} cut off before its decoding: [N, 3 · (5 + classes), h, w] or [N, 3, h, w, 5 + classes] for each stride`,
  pixels: letterbox,
  read: (file) => {
    const levels = levelsIn(file, ANCHORED);
    const counted = levels && countOf(numbersOf(levels) - SIDES - 1, file);
    if (!counted || levels.length !== anchors[name].length) return undefined;
    return {
      ...reading(levels),
      // The anchors stand nowhere in such a file.
      sure: false,
      ...counted,
      notes: [...(counted.notes ?? []), `anchors are those of the published weights: ${anchors[name].join(' | ')}`],
      answers: (classes) => {
        const rows = levels.map((level, i) => fromAnchors(level, anchors[name][i]!));
        return scored(concat(rows, 1), classes);
      },
    };
  },
});

/** Rows with middle and size in pixels, and numbers after the sigmoid. */
function fromAnchors(level: Level, sides: readonly number[]): Value {
  const { rows, stride, height, width } = level;
  const y = sigmoid(rows);
  const size = Array.from({ length: ANCHORED * height * width }, (_, i) => {
    const box = Math.floor(i / (height * width));
    return [sides[2 * box]!, sides[2 * box + 1]!];
  });
  const middle = mul(add(sub(mul(columns(y, 0, 2), 2), 0.5), cornersIn(level, ANCHORED)), stride);
  const twice = mul(columns(y, 2, SIDES), 2);
  const sized = mul(mul(twice, twice), constant(f32([1, size.length, 2], size.flat())));
  return concat([middle, sized, slice(y, [2], [SIDES], [known(rows, 2)])], 2);
}

export const yolov5Levels = anchored('yolov5-levels', 'YOLOv5');
export const yolov7Levels = anchored('yolov7-levels', 'YOLOv7');
