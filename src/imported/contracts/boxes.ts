import { f32 } from '../../base/tensor.ts';
import { add, concat, mul, slice, sub } from '../../graph/build.ts';
import { constant, type Value } from '../../graph/value.ts';

/** Columns `from` … `to` of the last axis of [N, rows, columns]. */
export const columns = (x: Value, from: number, to: number) => slice(x, [2], [from], [to]);

/** Middle x, y, width, height [N, A, 4] as left, top, right, bottom. */
export function cornersOf(boxes: Value): Value {
  const middle = columns(boxes, 0, 2);
  const half = mul(columns(boxes, 2, 4), 0.5);
  return concat([sub(middle, half), add(middle, half)], 2);
}

/** Boxes [N, A, 4] in shares of the picture as pixels of the input. */
export function inPixels(boxes: Value, [height, width]: readonly [number, number]): Value {
  return mul(boxes, constant(f32([1, 1, 4], [width, height, width, height])));
}

/** Boxes as top, left, bottom, right, as TensorFlow has them, in the order left, top, right, bottom. */
export const turned = (boxes: Value) =>
  concat(
    [1, 0, 3, 2].map((k) => columns(boxes, k, k + 1)),
    2,
  );
