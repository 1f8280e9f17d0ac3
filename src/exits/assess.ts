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
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[at + c]! > logits[at + best]!) best = c;
    const top = logits[at + best]!;
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(logits[at + c]! - top);
    predicted[i] = best;
    confidence[i] = 1 / sum;
    for (const c of watched) suspicion[i]! += Math.exp(logits[at + c]! - top) / sum;
  }
  return { predicted, confidence, suspicion };
}
