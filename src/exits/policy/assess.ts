import { softmax } from '../../base/softmax.ts';

/** What one exit says about each of a batch of images. */
export interface Assessed {
  /** First class of the largest logit. */
  readonly predicted: Int32Array;
  /** Its probability, in float32: as a graph would compute it. */
  readonly confidence: Float32Array;
  /** Probability of all `watched` classes together. */
  readonly suspicion: Float32Array;
}

/** Softmax over rows of `logits` [n, classes]: the winner, its probability, and the sum over the watched classes. */
export function assess(logits: Float32Array, classes: number, watched: readonly number[] = []): Assessed {
  const n = logits.length / classes;
  const predicted = new Int32Array(n);
  const confidence = new Float32Array(n);
  const suspicion = new Float32Array(n);
  for (let i = 0, at = 0; i < n; i++, at += classes) {
    const row = softmax(logits, at, classes);
    predicted[i] = row.best;
    confidence[i] = row.probability(row.best);
    for (const c of watched) suspicion[i]! += row.probability(c);
  }
  return { predicted, confidence, suspicion };
}
