/** The softmax of one row of logits. */
export interface Softmax {
  /** The first class with the largest logit. */
  readonly best: number;
  /** How probable a class is, 0 … 1. */
  probability(c: number): number;
  /** −ln of that, which stays a number where the probability is too small for one. */
  loss(c: number): number;
}

/** The probabilities of all classes of one row. */
export function probabilities(logits: Float32Array): Float32Array {
  const row = softmax(logits);
  return logits.map((_, c) => row.probability(c));
}

/** Softmax over the `classes` logits from position `at` on: shifted by the largest, so that nothing overflows. */
export function softmax(logits: ArrayLike<number>, at = 0, classes = logits.length - at): Softmax {
  let best = 0;
  for (let c = 1; c < classes; c++) if (logits[at + c]! > logits[at + best]!) best = c;
  const top = logits[at + best]!;
  let sum = 0;
  for (let c = 0; c < classes; c++) sum += Math.exp(logits[at + c]! - top);
  return {
    best,
    probability: (c) => Math.exp(logits[at + c]! - top) / sum,
    loss: (c) => Math.log(sum) + top - logits[at + c]!,
  };
}
