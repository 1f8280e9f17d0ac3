import { f32 } from '../../base/tensor.ts';
import { constant, type Value } from '../../graph/value.ts';
import type { Stage } from '../../models/stage.ts';

/** The cells of a pyramid, one after the other, the finest level first, each row by row: where boxes are measured from. */
export interface Points {
  readonly count: number;
  /** [1, count, 2]: middle of each cell, x and y in pixels of the input. */
  readonly middle: Value;
  /** [1, count, 1]: side of each cell in pixels of the input. */
  readonly stride: Value;
  /** [1, count, 1]: how long the sides from the middle to a box's edge may be that a cell answers for, from … to (FCOS §3.2). */
  readonly reach: readonly [Value, Value];
}

/** Longest side from a cell's middle to a box's edge, in cells of the level, at all levels but the last (FCOS: 64 at stride 8). */
const REACH = 8;

/** The cells of these maps. */
export function pointsOf(stages: readonly Stage[]): Points {
  const middle: number[] = [];
  const stride: number[] = [];
  const low: number[] = [];
  const high: number[] = [];
  stages.forEach(({ height, width, stride: [down, across] }, level) => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        middle.push((x + 0.5) * across, (y + 0.5) * down);
        stride.push(Math.sqrt(across * down));
        low.push(level === 0 ? 0 : (REACH * stages[level]!.level) / 2);
        high.push(level === stages.length - 1 ? 1e9 : REACH * stages[level]!.level);
      }
    }
  });
  const count = stride.length;
  const column = (values: number[], width = 1) => constant(f32([1, count, width], values));
  return { count, middle: column(middle, 2), stride: column(stride), reach: [column(low), column(high)] };
}
