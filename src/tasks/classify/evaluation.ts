import { z } from 'zod';
import { check } from '../../base/errors.ts';
import { type Interval, wilson } from '../interval.ts';
import { CalibrationBins } from './calibration.ts';
import { classMetrics, correct, rowSum } from './confusion.ts';
import { type EvaluationRow, type Score, score } from './score.ts';

const share = z.number().min(0).max(1);
const count = z.int().min(0);

/** `eval.json`: how a classifier did on one split. Plain numbers; shares are 0 … 1. */
export const evaluationSchema = z
  .object({
    split: z.enum(['test', 'val']),
    images: z.int().min(1),
    accuracy: share,
    /** The truth is among the five most probable; null with five classes or fewer. */
    top5: share.nullable(),
    /** Mean recall over all classes, 0 for a class without images. */
    macroRecall: share,
    macroF1: share,
    /** Mean recall over the classes that have images. */
    balancedAccuracy: share,
    /** Mean cross-entropy, natural logarithm. */
    loss: z.number(),
    calibrationError: share,
    bins: z.array(z.object({ low: share, high: share, count, confidence: share, accuracy: share })),
    classes: z
      .array(
        z.object({
          name: z.string(),
          support: count,
          precision: share,
          recall: share,
          f1: share,
          /** Shares that are 0 only because they are 0 / 0. */
          notDefined: z.array(z.enum(['precision', 'recall', 'f1'])).optional(),
        }),
      )
      .min(1),
    /** Rows = truth, columns = prediction. */
    confusion: z.array(z.array(count)),
    /** The most confident mistakes, with class names. */
    worst: z.array(
      z.object({
        file: z.string(),
        truth: z.string(),
        predicted: z.string(),
        confidence: share,
        probabilityOfTruth: share,
      }),
    ),
  })
  .superRefine((value, context) => {
    const n = value.classes.length;
    const square = value.confusion.length === n && value.confusion.every((row) => row.length === n);
    if (!square) {
      context.addIssue({ code: 'custom', path: ['confusion'], message: `must have ${n} rows of ${n} counts` });
    } else if (value.confusion.flat().reduce((a, b) => a + b, 0) !== value.images) {
      context.addIssue({ code: 'custom', path: ['confusion'], message: `must sum to the ${value.images} images` });
    }
  });
export type Evaluation = z.infer<typeof evaluationSchema>;

/** Mistakes that are kept with their file names. */
const WORST = 24;

/**
 * Judges a classifier's answers. Precision, recall and F1 that would be 0 / 0 are 0 and named in `notDefined`.
 * @throws YosegiError when there are no rows, or a row's label or numbers cannot be (see `score`)
 */
export function evaluate(
  classes: readonly string[],
  rows: Iterable<EvaluationRow>,
  split: Evaluation['split'],
): Evaluation {
  const judge = new Judge(classes);
  for (const row of rows) judge.add(row);
  return judge.evaluation(split);
}

/** Judges row by row: memory does not grow with the number of pictures. */
export class Judge {
  readonly #classes: readonly string[];
  readonly #confusion: number[][];
  readonly #calibration = new CalibrationBins();
  #loss = 0;
  #inTop5 = 0;
  #worst: { file: string; label: number; score: Score }[] = [];

  constructor(classes: readonly string[]) {
    check(classes.length >= 1, 'an evaluation needs at least one class');
    this.#classes = classes;
    this.#confusion = classes.map(() => classes.map(() => 0));
  }

  add(row: EvaluationRow): void {
    const s = score(row, this.#classes.length);
    const right = s.predicted === row.label;
    this.#confusion[row.label]![s.predicted]!++;
    this.#calibration.add(s.confidence, right);
    this.#loss += s.loss;
    if (s.rank < 5) this.#inTop5++;
    if (right) return;
    this.#worst.push({ file: row.file, label: row.label, score: s });
    // Sorted now and then, so that only the worst stay.
    if (this.#worst.length >= 8 * WORST) this.#worst = worstOf(this.#worst);
  }

  /** Mean cross-entropy and share of right answers so far. */
  figures(): { readonly loss: number; readonly accuracy: number } {
    const images = this.#calibration.count;
    return { loss: this.#loss / images, accuracy: correct(this.#confusion) / images };
  }

  evaluation(split: Evaluation['split']): Evaluation {
    const classes = this.#classes;
    const images = this.#calibration.count;
    check(images > 0, `the ${split} split has no images: there is nothing to evaluate`);
    const metrics = classes.map((name, c) => ({ name, ...classMetrics(this.#confusion, c) }));
    const present = metrics.filter(({ support }) => support > 0);
    const { error, bins } = this.#calibration.result();
    return {
      split,
      images,
      accuracy: correct(this.#confusion) / images,
      top5: classes.length > 5 ? this.#inTop5 / images : null,
      macroRecall: mean(metrics.map((m) => m.recall)),
      macroF1: mean(metrics.map((m) => m.f1)),
      balancedAccuracy: mean(present.map((m) => m.recall)),
      loss: this.#loss / images,
      calibrationError: error,
      bins,
      classes: metrics,
      confusion: this.#confusion.map((row) => [...row]),
      worst: worstOf(this.#worst).map(({ file, label, score: s }) => ({
        file,
        truth: classes[label]!,
        predicted: classes[s.predicted]!,
        confidence: s.confidence,
        probabilityOfTruth: s.probabilityOfTruth,
      })),
    };
  }
}

/** The most confident mistakes, equal ones in the order in which they came. */
function worstOf<M extends { readonly score: Score }>(mistakes: readonly M[]): M[] {
  return [...mistakes]
    .sort((a, b) => b.score.confidence - a.score.confidence || a.score.probabilityOfTruth - b.score.probabilityOfTruth)
    .slice(0, WORST);
}

/** The 95 % interval of the accuracy (Wilson). */
export function accuracyInterval({ confusion, images }: Evaluation): Interval {
  return wilson(correct(confusion), images);
}

/** The 95 % interval of the recall of class `c` (Wilson); undefined for a class without images. */
export function recallInterval({ confusion }: Evaluation, c: number): Interval | undefined {
  const support = rowSum(confusion, c);
  return support > 0 ? wilson(confusion[c]![c]!, support) : undefined;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
