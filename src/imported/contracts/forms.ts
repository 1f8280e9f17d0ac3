import type { Value } from '../../graph/value.ts';
import type { FileAnswers } from './contract.ts';

/** An output with its name. */
export interface Output {
  readonly name: string;
  readonly value: Value;
}

/** The float outputs [N, …] with so many axes, in the file's order. */
export function floatsOfRank({ outputs, batch }: Pick<FileAnswers, 'outputs' | 'batch'>, rank: number): Output[] {
  return [...outputs].flatMap(([name, value]) => {
    const { dtype, shape } = value.type;
    return dtype === 'float32' && shape.length === rank && shape[0] === batch ? [{ name, value }] : [];
  });
}

/** The one output [N, rows, columns] of a file; undefined where there are several, or none. */
export function onlyRows(file: Pick<FileAnswers, 'outputs' | 'batch'>): Output | undefined {
  const found = floatsOfRank(file, 3);
  return found.length === 1 ? found[0] : undefined;
}

/** A dimension that is a number; 0 where it is not known. */
export const known = ({ type }: Value, axis: number): number => {
  const d = type.shape[axis];
  return typeof d === 'number' ? d : 0;
};

/** Strides that the levels of detectors have. */
const LEVELS = [
  [8, 16, 32],
  [4, 8, 16, 32],
  [8, 16, 32, 64],
  [16, 32],
  [16, 32, 64],
  [8, 16],
];

/** The strides whose cells make up `cells` in pictures of this size, each cell counted `anchors` times; undefined where none do. */
export function stridesOf(cells: number, size: readonly [number, number], anchors = 1): readonly number[] | undefined {
  return LEVELS.find((strides) => anchors * strides.reduce((sum, s) => sum + cellsAt(size, s), 0) === cells);
}

const cellsAt = ([h, w]: readonly [number, number], stride: number) => Math.ceil(h / stride) * Math.ceil(w / stride);

/** The strides that maps of these sizes, the finest first, have in pictures of this size; undefined where they are no levels. */
export function stridesOfLevels(
  maps: readonly { readonly height: number; readonly width: number }[],
  [h, w]: readonly [number, number],
): readonly number[] | undefined {
  return LEVELS.find(
    (strides) =>
      strides.length === maps.length &&
      strides.every((s, i) => Math.ceil(h / s) === maps[i]!.height && Math.ceil(w / s) === maps[i]!.width),
  );
}
