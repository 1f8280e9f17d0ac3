import {
  abs,
  add,
  and,
  cast,
  div,
  equal,
  greater,
  greaterOrEqual,
  ints,
  lessOrEqual,
  matmulT,
  maximum,
  minimum,
  mul,
  pow,
  reduceMax,
  reduceSum,
  sigmoid,
  slice,
  sub,
  transpose,
} from '../../graph/build.ts';
import { apply, apply1 } from '../../graph/op.ts';
import type { Value } from '../../graph/value.ts';
import type { Points } from './anchors.ts';
import { overlapOf, sidesOf } from './boxes.ts';

/** What the loss knows of a batch: N pictures, at most M things in each, C classes, A points. */
interface Truths {
  /** [N, M, 4], corners in pixels of the input. */
  readonly boxes: Value;
  /** [N, M, C], 1 at a thing's class. */
  readonly kinds: Value;
  /** [N, M, 1]: 1 where there is a thing. */
  readonly there: Value;
}

export interface Guesses {
  /** Logits [N, A, C]. */
  readonly scores: Value;
  /** [N, A, 4], corners in pixels of the input. */
  readonly boxes: Value;
}

/** Which points answer for which things, and how well they should. Nothing of it has a gradient. */
export interface Assigned {
  /** [N, A, C]: the score that each point should give each class. */
  readonly scores: Value;
  /** [N, A, 4]: the box that each point should give; 0 where it answers for nothing. */
  readonly boxes: Value;
  /** [N, A, 1]: how much its box counts; 0 where it answers for nothing. */
  readonly weight: Value;
}

/** A rule that gives every point at most one thing to answer for. */
export type Assigner = (truths: Truths, guesses: Guesses, points: Points) => Assigned;

const TOP = 13;
const BETA = 6;
/** Nothing is as small: what is below counts as no agreement. */
const TINY = 1e-12;

/**
 * Task-aligned assignment (Feng et al. 2021, TOOD, arXiv 2108.07755 §3.2): a thing is answered for by the 13 points inside it that agree best with it
 * in class and place, score · IoU⁶; how well they should score is that agreement, stretched so that a thing's best point should score the
 * best IoU.
 */
const aligned: Assigner = (truths, guesses, points) => {
  const { iou, inside } = relations(truths, guesses, points);
  // [N, M, A]: how sure each point is of each thing's class.
  const sure = matmulT(truths.kinds, sigmoid(guesses.scores), { transB: true });
  const agreement = mul(mul(mul(sure, pow(iou, BETA)), inside), truths.there);
  const [best] = apply('TopK', [agreement, ints([Math.min(TOP, points.count)])], { axis: 2 });
  const least = maximum(slice(best!, [2], [-1], [2 ** 31 - 1]), TINY);
  const chosen = single(cast(greaterOrEqual(agreement, least), 'float32'), iou);
  const own = mul(agreement, chosen);
  const most = maximum(reduceMax(own, [2]), TINY);
  const target = mul(div(own, most), reduceMax(mul(iou, chosen), [2]));
  return assigned(truths, chosen, target, target);
};

const RADIUS = 1.5;

/**
 * FCOS's assignment (Tian et al. 2019, arXiv 1904.01355 §3.1, with the centre sampling of its later code): a thing is answered for by the
 * points near its middle, on the level whose cells fit its size; of several things the smallest. In place of the centre-ness, a point's
 * score should be the IoU of its box (Li et al. 2020, quality focal loss, arXiv 2006.04388).
 */
const centred: Assigner = (truths, guesses, points) => {
  const { iou, inside, far, sides } = relations(truths, guesses, points);
  const [left, top, right, bottom] = sides;
  const row = (v: Value) => transpose(v, [0, 2, 1]);
  const [x, y] = [row(slice(points.middle, [2], [0], [1])), row(slice(points.middle, [2], [1], [2]))];
  const radius = mul(row(points.stride), RADIUS);
  const off = (a: Value, b: Value, at: Value) => abs(sub(at, mul(add(a, b), 0.5)));
  const near = and(lessOrEqual(off(left, right, x), radius), lessOrEqual(off(top, bottom, y), radius));
  const fits = and(greaterOrEqual(far, row(points.reach[0])), lessOrEqual(far, row(points.reach[1])));
  const candidates = mul(mul(cast(and(near, fits), 'float32'), inside), truths.there);
  const area = mul(sub(right, left), sub(bottom, top));
  const chosen = single(candidates, div(1, maximum(area, 1)));
  return assigned(truths, chosen, mul(chosen, iou), chosen);
};

interface Relations {
  /** [N, M, A]: overlap of each thing's box with each point's. */
  readonly iou: Value;
  /** [N, M, A]: 1 where the point lies in the thing's box. */
  readonly inside: Value;
  /** [N, M, A]: the longest way from the point to a side of the thing's box. */
  readonly far: Value;
  /** Sides of the things' boxes, [N, M, 1] each. */
  readonly sides: readonly [Value, Value, Value, Value];
}

function relations({ boxes }: Truths, guesses: Guesses, { middle }: Points): Relations {
  const sides = sidesOf(boxes);
  const row = (v: Value) => transpose(v, [0, 2, 1]);
  const guessed = sidesOf(guesses.boxes).map(row);
  const { iou } = overlapOf(sides, guessed);
  const [x, y] = [row(slice(middle, [2], [0], [1])), row(slice(middle, [2], [1], [2]))];
  const ways = [sub(x, sides[0]), sub(y, sides[1]), sub(sides[2], x), sub(sides[3], y)] as const;
  const nearest = ways.reduce((a, b) => minimum(a, b));
  return {
    iou,
    inside: cast(greater(nearest, 0), 'float32'),
    far: ways.reduce((a, b) => maximum(a, b)),
    sides,
  };
}

/** Of candidates [N, M, A], at each point only the one that `value` is largest of. */
function single(candidates: Value, value: Value): Value {
  const rated = mul(candidates, add(value, 1e-9));
  const best = reduceMax(rated, [1]);
  return mul(candidates, cast(and(equal(rated, best), greater(best, 0)), 'float32'));
}

/** `chosen`, `target` and `weight` are [N, M, A], 0 but for one thing a point. */
function assigned({ boxes, kinds }: Truths, chosen: Value, target: Value, weight: Value): Assigned {
  const stop = (v: Value) => apply1('StopGradient', [v]);
  return {
    scores: stop(matmulT(transpose(target, [0, 2, 1]), kinds)),
    boxes: stop(matmulT(transpose(chosen, [0, 2, 1]), boxes)),
    weight: stop(transpose(reduceSum(mul(weight, chosen), [1]), [0, 2, 1])),
  };
}

/** Rules by name, the default first: it learned faster on BCCD (recipes/README.md). */
export const assigners = { centred, aligned } satisfies Record<string, Assigner>;
export type AssignerName = keyof typeof assigners;
export const assignerNames = Object.keys(assigners) as AssignerName[];
