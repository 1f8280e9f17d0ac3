import { add, concat, div, maximum, minimum, mul, slice, sub } from '../../graph/build.ts';
import type { Value } from '../../graph/value.ts';

/** The four sides of boxes [.., 4], [.., 1] each: left, top, right, bottom. */
export function sidesOf(boxes: Value): [Value, Value, Value, Value] {
  const axis = boxes.type.shape.length - 1;
  const side = (k: number) => slice(boxes, [axis], [k], [k + 1]);
  return [side(0), side(1), side(2), side(3)];
}

export interface Overlap {
  readonly shared: Value;
  readonly union: Value;
  readonly iou: Value;
}

/** Intersection and union of boxes by their sides, broadcast against each other. */
export function overlapOf(a: readonly Value[], b: readonly Value[]): Overlap {
  const width = maximum(sub(minimum(a[2]!, b[2]!), maximum(a[0]!, b[0]!)), 0);
  const height = maximum(sub(minimum(a[3]!, b[3]!), maximum(a[1]!, b[1]!)), 0);
  const shared = mul(width, height);
  const union = maximum(sub(add(areaOf(a), areaOf(b)), shared), 1e-6);
  return { shared, union, iou: div(shared, union) };
}

const areaOf = (s: readonly Value[]) => mul(sub(s[2]!, s[0]!), sub(s[3]!, s[1]!));

/** Generalised intersection over union (Rezatofighi et al. 2019, arXiv 1902.09630), −1 … 1. */
export function giou(a: readonly Value[], b: readonly Value[]): Value {
  const { union, iou } = overlapOf(a, b);
  const width = sub(maximum(a[2]!, b[2]!), minimum(a[0]!, b[0]!));
  const height = sub(maximum(a[3]!, b[3]!), minimum(a[1]!, b[1]!));
  const hull = maximum(mul(width, height), 1e-6);
  return sub(iou, div(sub(hull, union), hull));
}

/** Boxes [N, points, 4] from distances to their sides [N, points, 4], in pixels. */
export function boxesAround(middle: Value, distances: Value): Value {
  const from = slice(distances, [2], [0], [2]);
  const to = slice(distances, [2], [2], [4]);
  return concat([sub(middle, from), add(middle, to)], 2);
}
