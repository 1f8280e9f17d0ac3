import { check } from '../../base/errors.ts';
import { boxIou, type Corners } from './boxes.ts';

/**
 * Non-maximum suppression within each class: walks the boxes from the highest score down and drops those that overlap a kept one of the
 * same class by more than `threshold` (intersection over union). Returns the indices that are kept, highest score first; equal scores
 * stay in their order. The same as torchvision's `batched_nms`; without `classes`, as its `nms`.
 * @throws YosegiError when there are not as many scores and classes as boxes
 */
export function nms(
  boxes: readonly Corners[],
  scores: ArrayLike<number>,
  threshold: number,
  classes?: ArrayLike<number>,
): number[] {
  for (const [what, list] of [
    ['scores', scores],
    ['classes', classes],
  ] as const) {
    check(
      !list || list.length === boxes.length,
      () => `${boxes.length} boxes have as many ${what}, got ${list!.length}`,
    );
  }
  const order = boxes.map((_, i) => i).sort((i, j) => scores[j]! - scores[i]! || i - j);
  const keptOf = new Map<number, number[]>();
  const all: number[] = [];
  for (const i of order) {
    const of = classes?.[i] ?? 0;
    const kept = keptOf.get(of) ?? [];
    if (kept.some((k) => boxIou(boxes[k]!, boxes[i]!) > threshold)) continue;
    kept.push(i);
    keptOf.set(of, kept);
    all.push(i);
  }
  return all;
}
