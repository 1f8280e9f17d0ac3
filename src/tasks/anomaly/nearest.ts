import { check } from '../../base/errors.ts';
import { i64 } from '../../base/tensor.ts';
import {
  add,
  concat,
  gather,
  matmul,
  matmulT,
  mul,
  reduceSum,
  reshape,
  slice,
  softmax,
  sqrt,
  sub,
  swapLast,
} from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import { apply, apply1 } from '../../graph/op.ts';
import { constant, type Value } from '../../graph/value.ts';

/** What patches are compared with. */
export interface Memory {
  /** [M, C] */
  readonly rows: Value;
  /** Square of each row's length, [M]; a large number switches a row off (see {@link switchedOff}). */
  readonly norms: Value;
}

/** The square of a length that no patch is near to: a memory row that has it as its norm is never the nearest. */
export const switchedOff = 1e30;

/** Distances of one picture's patches that are held at a time: 64 MB. */
const HELD = 2 ** 24;

/**
 * Distance of each patch to the nearest row of the memory: [N, P, C] → [N, P]. Which row that is, a product says (‖m‖² − 2x·m), a part of the
 * patches at a time where the memory is large; how far it is, their difference: of large features that lie near, a product keeps few digits,
 * and machines would not agree.
 */
export function nearest(patches: Value, { rows, norms }: Memory): Value {
  const count = fixed(patches.type.shape[1], 'the number of patches');
  const held = Math.max(1, Math.floor(HELD / fixed(rows.type.shape[0], 'the rows of the memory')));
  const across = mul(swapLast(rows), -2);
  const found = Array.from({ length: Math.ceil(count / held) }, (_, k) => {
    const part = count <= held ? patches : slice(patches, [1], [k * held], [Math.min(count, (k + 1) * held)]);
    return apply1('ArgMin', [add(matmul(part, across), norms)], { axis: 2, keepdims: 0 });
  });
  const apart = sub(patches, gather(rows, concat(found, 1)));
  return sqrt(reduceSum(mul(apart, apart), [2], false));
}

/**
 * The picture's score, [N]: the distance of its most anomalous patch, times 1 − softmax over the distances to the `neighbours` rows around
 * the row nearest to it: less where that row lies alone (PatchCore, Roth et al. 2022, equation 7, as anomalib computes it). Where rows are
 * switched off they still count as neighbours.
 */
export function pictureScore(patches: Value, distances: Value, { rows, norms }: Memory, neighbours = 9): Value {
  const [n, , c] = patches.type.shape;
  const m = fixed(rows.type.shape[0], 'the rows of the memory');
  const k = Math.min(neighbours, m);
  check(k >= 1, () => `a score is weighed by at least one neighbour, got ${neighbours}`);
  const at = apply1('ArgMax', [distances], { axis: 1, keepdims: 1 });
  const score = apply1('GatherElements', [distances, at], { axis: 1 });
  const worst = apply1('GatherND', [patches, at], { batch_dims: 1 });
  // The nearest row, found again for this patch alone, and the rows around it.
  const own = apply1('ArgMin', [toRows(reshape(worst, [n!, c!]), rows, norms)], { axis: 1, keepdims: 0 });
  const centre = gather(rows, own);
  const plain = reduceSum(mul(rows, rows), [1], false);
  const [, around] = apply('TopK', [toRows(centre, rows, plain), constant(i64([1], [k]))], { axis: 1, largest: 0 });
  const apart = sub(gather(rows, around!), reshape(worst, [n!, 1, c!]));
  const weights = softmax(sqrt(reduceSum(mul(apart, apart), [2], false)), 1);
  const first = slice(weights, [1], [0], [1]);
  return reshape(mul(score, sub(1, first)), [n!]);
}

/** Squares of distances to each row, less the square of x's length: [N, C] → [N, M]. */
const toRows = (x: Value, rows: Value, norms: Value): Value => add(mul(matmulT(x, rows, { transB: true }), -2), norms);
