import { check } from '../../../base/errors.ts';
import { ignoreIndex } from '../../../data/geometry/mask.ts';

/** How well one class was found, over all pixels of all pictures. */
export interface ClassOverlap {
  /** Pixels that truly are of the class. */
  readonly support: number;
  /** Intersection over union; null where neither truth nor prediction has the class. */
  readonly iou: number | null;
  /** Dice coefficient, 2·intersection / (truth + prediction); null as above. */
  readonly dice: number | null;
  /** Of the class's pixels, the share that was found; null where it has none. */
  readonly recall: number | null;
  /** Of the pixels called so, the share that is of the class; null where there are none. */
  readonly precision: number | null;
}

/** What was measured over all pixels. */
export interface PixelFigures {
  /** Share of pixels with the right class. */
  readonly accuracy: number;
  /** Mean intersection over union of the classes that occur in truth or prediction. */
  readonly miou: number;
  /** Mean Dice coefficient of the same classes. */
  readonly dice: number;
  readonly classes: readonly ClassOverlap[];
}

/** Counts which class was taken for which, pixel by pixel, over pictures of any size. */
export class PixelConfusion {
  readonly classes: number;
  readonly #ignore: number;
  readonly #counts: Float64Array;

  /** For classes 0 … `classes` - 1; truths of `ignore` are left out. */
  constructor(classes: number, ignore: number = ignoreIndex) {
    check(Number.isInteger(classes) && classes >= 1, () => `a confusion needs at least one class, got ${classes}`);
    this.classes = classes;
    this.#ignore = ignore;
    this.#counts = new Float64Array(classes * classes);
  }

  /**
   * Adds one picture's indices, true and predicted, pixel for pixel.
   * @throws YosegiError when the two differ in length, or hold a class that does not exist
   */
  add(truth: ArrayLike<number>, predicted: ArrayLike<number>): void {
    const { classes } = this;
    const counts = this.#counts;
    checkPixels(truth, predicted, classes, this.#ignore);
    for (let i = 0; i < truth.length; i++) {
      if (truth[i] !== this.#ignore) counts[truth[i]! * classes + predicted[i]!]! += 1;
    }
  }

  /** Pixel counts: rows are the true classes, columns the predicted ones. */
  rows(): number[][] {
    const { classes } = this;
    return Array.from({ length: classes }, (_, t) => [...this.#counts.subarray(t * classes, (t + 1) * classes)]);
  }

  /** The figures so far. @throws YosegiError when no pixel was counted */
  figures(): PixelFigures {
    const rows = this.rows();
    const all = this.#counts.reduce((a, b) => a + b, 0);
    check(all > 0, 'there are no labelled pixels to judge on');
    const classes = rows.map((row, c): ClassOverlap => {
      const hits = row[c]!;
      const support = row.reduce((a, b) => a + b, 0);
      const named = rows.reduce((sum, r) => sum + r[c]!, 0);
      return {
        support,
        iou: share(hits, support + named - hits),
        dice: share(2 * hits, support + named),
        recall: share(hits, support),
        precision: share(hits, named),
      };
    });
    return {
      accuracy: rows.reduce((sum, row, c) => sum + row[c]!, 0) / all,
      miou: mean(classes.map(({ iou }) => iou)),
      dice: mean(classes.map(({ dice }) => dice)),
      classes,
    };
  }
}

/** Throws unless truth and prediction are as long as each other and hold classes only. */
export function checkPixels(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
  ignore: number,
): void {
  check(
    truth.length === predicted.length,
    () =>
      `prediction and truth have as many pixels, got ${predicted.length} and ${truth.length}; resize the prediction`,
  );
  for (let i = 0; i < truth.length; i++) {
    const [t, p] = [truth[i]!, predicted[i]!];
    check(
      (t === ignore || (Number.isInteger(t) && t >= 0 && t < classes)) && Number.isInteger(p) && p >= 0 && p < classes,
      () =>
        `pixels are of classes 0 … ${classes - 1} (${ignore} in the truth: not labelled), got truth ${t} and prediction ${p}`,
    );
  }
}

/** `part` of `whole`, null where that is nothing. */
export function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

/** The mean of those that are not null; 0 where all are. */
export function mean(values: readonly (number | null)[]): number {
  const known = values.filter((v) => v !== null);
  return known.length > 0 ? known.reduce((a, b) => a + b, 0) / known.length : 0;
}
