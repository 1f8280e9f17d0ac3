import { softmax } from '../base/softmax.ts';
import type { Tensor } from '../base/tensor.ts';
import type { BatchSource } from '../feed/batch.ts';
import type { Program, Tensors } from '../runtime/runtime.ts';

export interface Predictions {
  /** [images, classes] */
  readonly logits: Float32Array;
  readonly labels: Int32Array;
  readonly indices: Uint32Array;
  readonly classes: number;
}

/** Runs a classifier over every batch of `source`; `extra` are further feeds (weights that are inputs). */
export async function predictAll(
  program: Program,
  source: BatchSource,
  extra: () => Tensors = () => ({}),
  onBatch: (done: number, of: number) => void = () => {},
): Promise<Predictions> {
  const rows: { logits: Tensor; labels: Int32Array; indices: Uint32Array }[] = [];
  for (let i = 0; i < source.batchesPerEpoch; i++) {
    const batch = await source.batch(0, i);
    const { logits } = await program.run({ image: batch.images, ...extra() });
    rows.push({ logits: logits!, labels: batch.labels, indices: batch.indices });
    onBatch(i + 1, source.batchesPerEpoch);
  }
  return {
    logits: joined(
      Float32Array,
      rows.map((r) => r.logits.data as Float32Array),
    ),
    labels: joined(
      Int32Array,
      rows.map((r) => r.labels),
    ),
    indices: joined(
      Uint32Array,
      rows.map((r) => r.indices),
    ),
    classes: rows[0]?.logits.shape[1] ?? 0,
  };
}

function joined<T extends { set(a: T, at: number): void; length: number }>(
  make: new (n: number) => T,
  parts: readonly T[],
): T {
  const all = new make(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
}

/** Index of the largest of `n` values from `at`. */
export function argmax(values: ArrayLike<number>, at: number, n: number): number {
  let best = 0;
  for (let i = 1; i < n; i++) if (values[at + i]! > values[at + best]!) best = i;
  return best;
}

/** The predictions of several classifiers of `classes` that stand side by side in one row an image. */
export function byExit(all: Predictions, classes: number): Predictions[] {
  const { logits, labels } = all;
  return Array.from({ length: all.classes / classes }, (_, exit) => {
    const own = new Float32Array(labels.length * classes);
    for (let i = 0; i < labels.length; i++) {
      const at = i * all.classes + exit * classes;
      own.set(logits.subarray(at, at + classes), i * classes);
    }
    return { ...all, logits: own, classes };
  });
}

/** Mean cross-entropy and accuracy of predictions. */
export function lossAndAccuracy({ logits, labels, classes }: Predictions): { loss: number; accuracy: number } {
  let loss = 0;
  let correct = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = softmax(logits, i * classes, classes);
    if (row.best === labels[i]) correct++;
    loss += row.loss(labels[i]!);
  }
  return { loss: loss / labels.length, accuracy: correct / labels.length };
}
