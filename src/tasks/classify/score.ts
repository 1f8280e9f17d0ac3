import { check, YosegiError } from '../../base/errors.ts';
import { softmax } from '../../base/softmax.ts';

/** What a model said about one image: probabilities that sum to 1, or the logits before softmax. */
export type EvaluationRow = {
  /** The file's path inside the data folder. */
  readonly file: string;
  /** The true class. */
  readonly label: number;
} & (
  | { readonly probabilities: ArrayLike<number>; readonly logits?: undefined }
  | { readonly logits: ArrayLike<number>; readonly probabilities?: undefined }
);

/** One image, judged. */
export interface Score {
  readonly predicted: number;
  /** Probability of the predicted class. */
  readonly confidence: number;
  readonly probabilityOfTruth: number;
  /** Cross-entropy, −ln(probabilityOfTruth). */
  readonly loss: number;
  /** How many classes the model ranks before the true one; equal values rank by their position. */
  readonly rank: number;
}

/** A probability of exactly 0 for the truth counts as this much, so that a mean loss stays a number. */
const SMALLEST = 1e-12;
/** Softmax in float16 or 8 bits does not sum to 1 exactly. */
const SUM_SLACK = 0.01;
const MAX_FLOAT32 = 3.4028234663852886e38;

/**
 * Judges one image. The predicted class is the first of the largest.
 * @throws YosegiError naming the file when a value is not a number, values are missing, or probabilities do not sum to 1
 */
export function score(row: EvaluationRow, classes: number): Score {
  const { label, file } = row;
  check(
    Number.isInteger(label) && label >= 0 && label < classes,
    () => `'${file}' has the label ${label}; with ${classes} classes it must be a whole number 0 … ${classes - 1}`,
  );
  const values = row.probabilities ?? row.logits;
  const what = row.probabilities ? 'probabilities' : 'logits';
  check(
    values.length === classes,
    () => `'${file}' has ${values.length} ${what}, but there are ${classes} classes: is this the model of this data?`,
  );
  return row.probabilities ? fromProbabilities(values, label, file) : fromLogits(values, label, file);
}

function fromProbabilities(p: ArrayLike<number>, label: number, file: string): Score {
  let sum = 0;
  for (let c = 0; c < p.length; c++) {
    const value = p[c]!;
    if (!(value >= -1e-6 && value <= 1 + SUM_SLACK)) throw bad(file, c, value, 'a probability of 0 … 1');
    sum += value;
  }
  check(
    Math.abs(sum - 1) <= SUM_SLACK,
    () => `the probabilities of '${file}' sum to ${sum}, not 1: are they logits? Then hand them over as \`logits\``,
  );
  const predicted = first(p);
  const probabilityOfTruth = clamp(p[label]!);
  return {
    predicted,
    confidence: clamp(p[predicted]!),
    probabilityOfTruth,
    loss: -Math.log(Math.max(probabilityOfTruth, SMALLEST)),
    rank: rankOf(p, label),
  };
}

function fromLogits(logits: ArrayLike<number>, label: number, file: string): Score {
  for (let c = 0; c < logits.length; c++) {
    const value = logits[c]!;
    if (!(Math.abs(value) <= MAX_FLOAT32)) throw bad(file, c, value, 'a finite float32 number');
  }
  const row = softmax(logits);
  return {
    predicted: row.best,
    confidence: row.probability(row.best),
    probabilityOfTruth: row.probability(label),
    loss: row.loss(label),
    rank: rankOf(logits, label),
  };
}

function bad(file: string, index: number, value: number, expected: string): YosegiError {
  return new YosegiError(
    `the model's output for '${file}', class ${index}, is ${value}; expected ${expected}. ` +
      'A training run that diverged leaves such a model: train again with a lower learning rate, or use an earlier checkpoint',
  );
}

/** Position of the first largest value. */
function first(values: ArrayLike<number>): number {
  let at = 0;
  for (let c = 1; c < values.length; c++) if (values[c]! > values[at]!) at = c;
  return at;
}

function rankOf(values: ArrayLike<number>, label: number): number {
  const own = values[label]!;
  let rank = 0;
  for (let c = 0; c < values.length; c++) {
    if (values[c]! > own || (values[c]! === own && c < label)) rank++;
  }
  return rank;
}

function clamp(p: number): number {
  return Math.min(1, Math.max(0, p));
}
