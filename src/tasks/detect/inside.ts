import { f32 } from '../../base/tensor.ts';
import { cast, concat, div, fullLike, greater, ints, mul, reshape, sub, transpose, where } from '../../graph/build.ts';
import { apply, apply1 } from '../../graph/op.ts';
import { constant, type Value } from '../../graph/value.ts';
import type { Choice } from './decode.ts';

/** Numbers for each box: left, top, right, bottom, score, class. */
export const FOUND = 6;

/**
 * The choice of `chosen` (decode.ts) as a part of the graph, in standard operators: boxes [N, A, 4] and scores [N, A, classes], 0 … 1, become
 * [N, most, 6] in any batch: left, top, right, bottom, score and class, the surest first; rows that are left over have score 0 and
 * class −1. NonMaxSuppression lists what it keeps of all pictures together; put back in their places, with 0 everywhere else, the
 * kept scores of each picture are sorted by one TopK.
 */
export function chosenInside(boxes: Value, scores: Value, { least, overlap, most }: Choice): Value {
  const batch = scores.type.shape[0]!;
  const [points, classes] = scores.type.shape.slice(1).map(Number) as [number, number];
  const byClass = transpose(scores, [0, 2, 1]);
  const number = (v: number) => constant(f32([1], [v]));
  const kept = apply1('NonMaxSuppression', [boxes, byClass, ints([most]), number(overlap), number(least)]);
  const alone = apply1('ScatterND', [fullLike(byClass), kept, apply1('GatherND', [byClass, kept])]);

  const rows = Math.min(most, points * classes);
  const [sure, at] = apply('TopK', [reshape(alone, [batch, classes * points]), ints([rows])]) as [Value, Value];
  const label = div(at, points);
  const point = sub(at, mul(label, points));
  const column = (v: Value) => reshape(v, [batch, rows, 1]);
  const box = apply1('GatherND', [boxes, column(point)], { batch_dims: 1 });
  const there = greater(sure, 0);
  const name = where(there, cast(label, 'float32'), -1);
  return concat([mul(box, column(cast(there, 'float32'))), column(sure), column(name)], 2);
}
