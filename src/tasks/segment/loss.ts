import { f32 } from '../../base/tensor.ts';
import { ignoreIndex } from '../../data/geometry/mask.ts';
import {
  add,
  cast,
  div,
  equal,
  exp,
  greater,
  logSoftmax,
  maximum,
  mul,
  neg,
  pow,
  reduceSum,
  softmax,
  sub,
} from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import { apply1 } from '../../graph/op.ts';
import { constant, type Value } from '../../graph/value.ts';

/** What pixels are trained by. */
export interface PixelLossOptions {
  /** How the cross-entropy is focussed on pixels that are still wrong (Lin et al. 2017, arXiv 1708.02002); 0: not at all. */
  readonly focal: number;
  /** Share of the Dice loss (Milletari et al. 2016, arXiv 1606.04797), added to the cross-entropy; 0: none. */
  readonly dice: number;
  /** [1, classes, 1, 1]: how much each class counts in the cross-entropy; default all the same. */
  readonly weights?: Value;
}

/** For each class of [N, 1, H, W] indices, where it is: [N, classes, H, W] of 0 and 1; an index that is no class is none. */
function oneHot(labels: Value, classes: number): Value {
  const numbers = constant(
    f32(
      [1, classes, 1, 1],
      Array.from({ length: classes }, (_, c) => c),
    ),
  );
  return cast(equal(labels, numbers), 'float32');
}

/**
 * The loss of logits [N, classes, H, W] against indices [N, 1, H, W], of which {@link ignoreIndex} does not count: the mean (focal, weighted)
 * cross-entropy of the pixels, and the mean Dice loss of the classes that the batch shows.
 */
export function pixelLoss(logits: Value, labels: Value, { focal, dice, weights }: PixelLossOptions): Value {
  const classes = fixed(logits.type.shape[1], 'the number of classes');
  const truth = oneHot(labels, classes);
  const weighted = weights ? mul(truth, weights) : truth;
  const logs = logSoftmax(logits, 1);
  const gain = focal > 0 ? mul(pow(sub(1, exp(logs)), focal), logs) : logs;
  const entropy = div(
    neg(reduceSum(mul(weighted, gain), undefined, false)),
    maximum(reduceSum(weighted, undefined, false), 1),
  );
  return dice > 0 ? add(entropy, mul(diceLoss(logits, labels, truth), dice)) : entropy;
}

/** 1 − the mean, over the classes that the batch shows, of 2·Σpy / (Σp + Σy) over its labelled pixels. */
function diceLoss(logits: Value, labels: Value, truth: Value): Value {
  const counted = sub(1, cast(equal(labels, constant(f32([], [ignoreIndex]))), 'float32'));
  const guess = mul(softmax(logits, 1), counted);
  const over = [0, 2, 3];
  const both = reduceSum(mul(guess, truth), over, false);
  const support = reduceSum(truth, over, false);
  const either = maximum(add(reduceSum(guess, over, false), support), 1e-6);
  const shown = cast(greater(support, 0), 'float32');
  const score = div(mul(both, 2), either);
  return div(reduceSum(mul(sub(1, score), shown), undefined, false), maximum(reduceSum(shown, undefined, false), 1));
}

/** Of each class, in how many pixels truth and prediction agree and how many at least one of them says: two vectors [classes]. */
export function overlaps(logits: Value, labels: Value): { both: Value; either: Value } {
  const classes = fixed(logits.type.shape[1], 'the number of classes');
  const truth = oneHot(labels, classes);
  const counted = sub(1, cast(equal(labels, constant(f32([], [ignoreIndex]))), 'float32'));
  const best = cast(argmaxOf(logits), 'float32');
  const guess = mul(oneHot(best, classes), counted);
  const over = [0, 2, 3];
  const both = reduceSum(mul(guess, truth), over, false);
  return { both, either: sub(add(reduceSum(guess, over, false), reduceSum(truth, over, false)), both) };
}

function argmaxOf(logits: Value): Value {
  return apply1('ArgMax', [logits], { axis: 1, keepdims: 1 });
}
