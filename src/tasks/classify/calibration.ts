/** Images whose confidence fell into low < confidence ≤ high (the first bin includes 0). */
export interface Bin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean confidence of the images; 0 when there are none. */
  readonly confidence: number;
  /** Share of the images that were right; 0 when there are none. */
  readonly accuracy: number;
}

/** How well stated confidence and actual hits agree. */
export interface Calibration {
  /** Expected calibration error: mean distance of confidence and accuracy over the bins, weighted by images. */
  readonly error: number;
  readonly bins: Bin[];
}

/**
 * Expected calibration error over equal-width bins (Guo et al., "On calibration of modern neural networks", ICML 2017, eq. 3).
 * `confidence` in 0 … 1 and `right` have one entry an image.
 */
export function calibration(confidence: ArrayLike<number>, right: ArrayLike<boolean>, binCount = 15): Calibration {
  const bins = new CalibrationBins(binCount);
  for (let i = 0; i < confidence.length; i++) bins.add(confidence[i]!, right[i]!);
  return bins.result();
}

/** The same, image by image. */
export class CalibrationBins {
  readonly #bins: { count: number; confidence: number; hits: number }[];
  /** Images so far. */
  count = 0;

  constructor(binCount = 15) {
    this.#bins = Array.from({ length: binCount }, () => ({ count: 0, confidence: 0, hits: 0 }));
  }

  add(confidence: number, right: boolean): void {
    const { length } = this.#bins;
    const bin = this.#bins[Math.min(length - 1, Math.max(0, Math.ceil(confidence * length) - 1))]!;
    bin.count++;
    bin.confidence += confidence;
    if (right) bin.hits++;
    this.count++;
  }

  result(): Calibration {
    const { length } = this.#bins;
    let error = 0;
    for (const bin of this.#bins) error += Math.abs(bin.hits - bin.confidence) / Math.max(1, this.count);
    return {
      // Rounding may carry the sum of the parts past 1.
      error: Math.min(1, error),
      bins: this.#bins.map(({ count, confidence, hits }, b) => ({
        low: b / length,
        high: (b + 1) / length,
        count,
        confidence: count ? confidence / count : 0,
        accuracy: count ? hits / count : 0,
      })),
    };
  }
}
