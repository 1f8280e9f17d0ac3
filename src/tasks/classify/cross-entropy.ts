import { logSoftmax, mul, neg, reduceMean, reduceSum } from '../../graph/build.ts';
import type { Value } from '../../graph/value.ts';

/**
 * Mean cross-entropy of logits [N, classes] against soft targets [N, classes]. Labels, smoothing, mixtures and class weights all
 * arrive as soft targets.
 */
export function crossEntropy(logits: Value, targets: Value): Value {
  const perImage = neg(reduceSum(mul(logSoftmax(logits), targets), [1], false));
  return reduceMean(perImage, [0], false);
}
