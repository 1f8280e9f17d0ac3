import { logSoftmax, mul, reduceMean, reduceSum, softmax, sub } from '../graph/build.ts';
import type { Value } from '../graph/value.ts';

/** Kullback–Leibler divergence of softened logits [N, classes] from a teacher's, summed over classes, mean over images: []. */
export function divergence(teacher: Value, logits: Value, temperature: number): Value {
  const soft = (x: Value) => (temperature === 1 ? x : mul(x, 1 / temperature));
  const gap = sub(logSoftmax(soft(teacher)), logSoftmax(soft(logits)));
  return reduceMean(reduceSum(mul(softmax(soft(teacher)), gap), [1], false), [0], false);
}
