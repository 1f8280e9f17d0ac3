import { check } from '../../base/errors.ts';
import { assess } from '../policy/assess.ts';
import { mayLeave, type Policy } from '../policy/policy.ts';

/** What all exits said of labelled images: all that choosing thresholds needs to know. */
export interface ExitTable {
  readonly images: number;
  readonly exits: number;
  /** For each exit: how sure it is of each image; below 0 where a rule about classes keeps the image. */
  readonly confidence: readonly Float32Array[];
  /** For each exit: 1 where it is right. */
  readonly correct: readonly Uint8Array[];
}

/** What comes of a vector of thresholds on a table. */
export interface Outcome {
  /** How many images leave at each exit. */
  readonly counts: readonly number[];
  /** How many of all images are answered right. */
  readonly correct: number;
}

/** A table of logits [images, classes] from each exit, under the rules about classes of a policy. */
export function exitTable(
  logits: readonly Float32Array[],
  labels: Int32Array,
  classes: number,
  rules: Omit<Policy, 'thresholds'> = { always: [], suspicion: 1 },
): ExitTable {
  const images = labels.length;
  check(logits.length >= 2, () => `a model with ${logits.length} exit has no threshold to choose`);
  check(
    logits.every((l) => l.length === images * classes),
    () => `${images} images of ${classes} classes have ${images * classes} logits, got ${logits.map((l) => l.length)}`,
  );
  const said = logits.map((l) => assess(l, classes, rules.always));
  return {
    images,
    exits: logits.length,
    confidence: said.map((s, k) =>
      s.confidence.map((c, i) => (k === logits.length - 1 || mayLeave(rules, s, i) ? c : -1)),
    ),
    correct: said.map((s) => Uint8Array.from(s.predicted, (p, i) => (p === labels[i] ? 1 : 0))),
  };
}

/** The table of some of the images. */
export function subset(table: ExitTable, rows: readonly number[]): ExitTable {
  return {
    images: rows.length,
    exits: table.exits,
    confidence: table.confidence.map((c) => Float32Array.from(rows, (i) => c[i]!)),
    correct: table.correct.map((c) => Uint8Array.from(rows, (i) => c[i]!)),
  };
}

/** Lets every image leave at the first exit that is sure enough. */
export function outcome(table: ExitTable, thresholds: readonly number[]): Outcome {
  const counts = Array.from({ length: table.exits }, () => 0);
  let correct = 0;
  for (let i = 0; i < table.images; i++) {
    const exit = exitOf(table, thresholds, i);
    counts[exit]!++;
    correct += table.correct[exit]![i]!;
  }
  return { counts, correct };
}

/** The first exit from `from` on that is sure enough of image `i`. */
export function exitOf({ confidence, exits }: ExitTable, thresholds: readonly number[], i: number, from = 0): number {
  for (let k = from; k < exits - 1; k++) if (confidence[k]![i]! >= thresholds[k]!) return k;
  return exits - 1;
}

/** Mean cost of an image, given how many leave at each exit and what leaving there costs. */
export function meanCost(counts: readonly number[], costs: readonly number[]): number {
  const images = counts.reduce((a, b) => a + b, 0);
  return counts.reduce((sum, n, k) => sum + n * costs[k]!, 0) / Math.max(1, images);
}
