import { mul } from '../../graph/build.ts';
import { reachable } from '../../graph/graph.ts';
import { opOf } from '../../graph/op.ts';
import { constantOf, type Value } from '../../graph/value.ts';
import { columns, cornersOf } from './boxes.ts';
import type { FileAnswers, Pixels, Reading } from './contract.ts';
import { known, type Output, onlyRows, stridesOf } from './forms.ts';

/** What the detectors that give a row for each cell have in common. */

/** Numbers of a box. */
export const SIDES = 4;

/** What Ultralytics and its kin feed: 0 … 1 in the picture's proportions, with a grey border. */
export const letterbox: Pixels = {
  preset: 'unit',
  cropMode: 'border',
  interpolation: 'bilinear',
  border: 114 / 255,
};

/** The cells of a map, row by row: left upper corners [x, y] in cells. */
export const cellsOf = (height: number, width: number): (readonly [number, number])[] =>
  Array.from({ length: height * width }, (_, i) => [i % width, Math.floor(i / width)] as const);

/** How many classes the numbers behind a box are for; undefined where they are too few. */
export function countOf(numbers: number, { labels }: FileAnswers): Pick<Reading, 'classes' | 'notes'> | undefined {
  const classes = labels?.length ?? numbers;
  if (numbers < 1 || classes > numbers) return undefined;
  if (classes === numbers) return { classes };
  return {
    classes,
    notes: [
      `each box has ${numbers - classes} numbers more than there are classes (masks, key points, an angle): they are left out`,
    ],
  };
}

/** Why so many boxes fit, or do not. */
export function cellsText(
  count: number,
  strides: readonly number[] | undefined,
  each: number,
  size: FileAnswers['size'],
) {
  const boxes = each === 1 ? 'a box' : `${each} boxes`;
  if (strides) return `${count} boxes are ${boxes} for each cell of strides ${strides.join(', ')}`;
  return `${count} is not the number of cells that an image of ${size.join('×')} has, ${boxes} each`;
}

/** An output [N, A, 5 + C]: a box, how sure it is a thing, and a number for each class, of `each` boxes a cell. */
export interface Rows extends Output {
  readonly strides: readonly number[] | undefined;
  readonly reading: Omit<Reading, 'sure' | 'answers'>;
}

export function objectRows(file: FileAnswers, each: number): Rows | undefined {
  const found = onlyRows(file);
  if (!found) return undefined;
  const [cells, numbers] = [known(found.value, 1), known(found.value, 2)];
  const counted = countOf(numbers - SIDES - 1, file);
  if (!counted || cells <= numbers) return undefined;
  const strides = stridesOf(cells, file.size, each);
  const reading = { why: cellsText(cells, strides, each, file.size), reads: [found.name], ...counted };
  return { ...found, strides, reading };
}

/** Boxes and scores of rows whose boxes are decoded: the score of a class is that of a thing times its own. */
export function scored(rows: Value, classes: number, boxes = cornersOf(columns(rows, 0, SIDES))) {
  const from = SIDES + 1;
  return { boxes, confidence: mul(columns(rows, SIDES, from), columns(rows, from, from + classes)) };
}

/** Tables of numbers may have been taken for something to train. */
const isStored = (v: Value) => constantOf(v) !== undefined || v.origin.kind === 'param';

/** Whether the places of the cells come in anywhere, and that in words: a constant with a row for each is added or multiplied. */
export function placesIn(rows: Value): { decoded: boolean; told: string } {
  const cells = known(rows, 1);
  const decoded = reachable([rows]).some(({ origin }) => {
    if (origin.kind !== 'node' || !opOf(origin.node.op).elementwise) return false;
    return origin.node.inputs.some((v) => v && isStored(v) && v.type.shape.includes(cells));
  });
  return { decoded, told: `the places of the cells ${decoded ? 'are' : 'are not'} added in the file` };
}
