import { check } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { BatchSource } from '../../tasks/batch.ts';
import { exitOf, exitTable, outcome } from '../calibration/table.ts';
import { assess } from '../policy/assess.ts';
import type { Left } from '../policy/distribution.ts';
import { exitUnder, type Policy } from '../policy/policy.ts';
import type { StagedProgram } from '../program/staged.ts';

/** What all exits say of the images of a source. */
export interface ExitLogits {
  /** For each exit, [images, classes]. */
  readonly logits: readonly Float32Array[];
  readonly labels: Int32Array;
  readonly classes: number;
}

/** Runs all exits over every batch; `onImages` sees the pictures as they pass. */
export async function exitLogits(
  { classes, exits, runAll }: Pick<StagedProgram, 'classes' | 'exits' | 'runAll'>,
  source: BatchSource,
  labelOf: (target: unknown) => number,
  onBatch: (done: number, of: number) => void = () => {},
  onImages: (images: Tensor<'float32'>) => void = () => {},
): Promise<ExitLogits> {
  const logits = exits.map(() => new Float32Array(source.length * classes));
  const labels = new Int32Array(source.length);
  let at = 0;
  for (let i = 0; i < source.batchesPerEpoch; i++) {
    const batch = await source.batch(0, i);
    onImages(batch.images);
    const all = await runAll(batch.images);
    all.forEach((t, k) => {
      check(t.data instanceof Float32Array, 'logits are float32');
      logits[k]!.set(t.data, at * classes);
    });
    labels.set(batch.truths.map(labelOf), at);
    at += batch.truths.length;
    onBatch(i + 1, source.batchesPerEpoch);
  }
  return { logits, labels, classes };
}

/** Where each image leaves under a policy, and how sure that exit is. */
export function leaving({ logits, labels, classes }: ExitLogits, policy: Policy): Left[] {
  const said = logits.map((l) => assess(l, classes, policy.always));
  return Array.from(labels, (_, i) => {
    const exit = exitUnder(policy, said, i);
    return { exit, confidence: said[exit]!.confidence[i]! };
  });
}

/** Where images leave under each of several vectors of thresholds, and how many of them are right there. */
export function outcomes(
  { logits, labels, classes }: ExitLogits,
  rules: Omit<Policy, 'thresholds'>,
  all: readonly (readonly number[])[],
): { shares: number[]; accuracy: number }[] {
  const table = exitTable(logits, labels, classes, rules);
  return all.map((thresholds) => {
    const { counts, correct } = outcome(table, thresholds);
    return { shares: counts.map((n) => n / table.images), accuracy: correct / table.images };
  });
}

/** What comes of a policy on labelled images. */
export function judge({ logits, labels, classes }: ExitLogits, { thresholds, ...rules }: Policy) {
  const table = exitTable(logits, labels, classes, rules);
  const { counts, correct } = outcome(table, thresholds);
  const end = table.correct.at(-1)!;
  let lost = 0;
  for (let i = 0; i < table.images; i++) {
    if (end[i] === 1 && table.correct[exitOf(table, thresholds, i)]![i] === 0) lost++;
  }
  return {
    images: table.images,
    /** Accuracy of each exit if every image left there. */
    exits: table.correct.map((c) => c.reduce((a, b) => a + b, 0) / table.images),
    shares: counts.map((n) => n / table.images),
    accuracy: correct / table.images,
    /** Images that the end has right and the policy wrong, and the other way round. */
    lost,
    gained: correct + lost - end.reduce((a, b) => a + b, 0),
  };
}
