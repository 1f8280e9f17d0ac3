import { f32 } from '../../base/tensor.ts';
import {
  abs,
  add,
  cast,
  clip,
  div,
  greater,
  ints,
  logSoftmax,
  maximum,
  mul,
  neg,
  pow,
  reduceSum,
  relu,
  sigmoid,
  slice,
  softplus,
  sub,
} from '../../graph/build.ts';
import { apply1 } from '../../graph/op.ts';
import { constant, type Value } from '../../graph/value.ts';
import type { Points } from './anchors.ts';
import type { Assigned, Guesses } from './assign.ts';
import { giou, sidesOf } from './boxes.ts';

/** Shares of the losses of RTMDet (Lyu et al. 2022, arXiv 2212.07784) and of generalised focal loss. */
const BOX = 2;
const BINS = 0.25;

/** What of a batch does not count, [N, A, 1]: 1 at points inside crowds and what else neither is nor is not a thing. */
export interface LossOptions {
  readonly ignored?: Value;
  /** Logits of the distances' bins, [N, A, 4, bins], where boxes are placed by them. */
  readonly bins?: Value;
}

/**
 * Quality focal loss of the scores (Li et al. 2020, arXiv 2006.04388 eq. 4), generalised IoU of the boxes, distribution focal loss of their distances
 * (eq. 6) where they have bins; each a sum over all points, divided by how much the assigned ones count.
 */
export function detectLoss(
  { scores, boxes }: Guesses,
  assigned: Assigned,
  points: Points,
  { ignored, bins }: LossOptions = {},
): Value {
  const total = maximum(reduceSum(assigned.weight, undefined, false), 1);
  const sure = sigmoid(scores);
  // Cross-entropy of a soft target, from logits.
  const entropy = sub(softplus(scores), mul(scores, assigned.scores));
  const focus = pow(abs(sub(assigned.scores, sure)), 2);
  const each = mul(focus, entropy);
  const counted = ignored
    ? mul(each, clip(add(sub(1, ignored), cast(greater(assigned.weight, 0), 'float32')), 0, 1))
    : each;
  const kinds = div(reduceSum(counted, undefined, false), total);
  const apart = mul(sub(1, giou(sidesOf(boxes), sidesOf(assigned.boxes))), assigned.weight);
  const places = mul(div(reduceSum(apart, undefined, false), total), BOX);
  const both = add(kinds, places);
  return bins ? add(both, mul(div(binLoss(bins, assigned, points), total), BINS)) : both;
}

/** Cross-entropy of the two bins beside each true distance, weighted by their nearness. */
function binLoss(bins: Value, { boxes, weight }: Assigned, { middle, stride }: Points): Value {
  const count = bins.type.shape[3] as number;
  const [x, y] = [slice(middle, [2], [0], [1]), slice(middle, [2], [1], [2])];
  const [left, top, right, bottom] = sidesOf(boxes);
  const numbers = constant(
    f32(
      [1, 1, count],
      Array.from({ length: count }, (_, k) => k),
    ),
  );
  const distances = [sub(x, left), sub(y, top), sub(right, x), sub(bottom, y)];
  return distances
    .map((distance, side) => {
      const cells = clip(div(distance, stride), 0, count - 1.01);
      // The two bins beside a distance share its weight: a tent of width one.
      const target = relu(sub(1, abs(sub(cells, numbers))));
      const logits = apply1('Squeeze', [slice(bins, [2], [side], [side + 1]), ints([2])]);
      return neg(reduceSum(mul(mul(logSoftmax(logits, 2), target), weight), undefined, false));
    })
    .reduce((a, b) => add(a, b));
}
