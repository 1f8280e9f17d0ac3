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
  const bins = Array.from({ length: binCount }, () => ({ count: 0, confidence: 0, hits: 0 }));
  for (let i = 0; i < confidence.length; i++) {
    const bin = bins[Math.min(binCount - 1, Math.max(0, Math.ceil(confidence[i]! * binCount) - 1))]!;
    bin.count++;
    bin.confidence += confidence[i]!;
    if (right[i]) bin.hits++;
  }
  let error = 0;
  for (const bin of bins) error += Math.abs(bin.hits - bin.confidence) / Math.max(1, confidence.length);
  return {
    // Rounding may carry the sum of the parts past 1.
    error: Math.min(1, error),
    bins: bins.map(({ count, confidence, hits }, b) => ({
      low: b / binCount,
      high: (b + 1) / binCount,
      count,
      confidence: count ? confidence / count : 0,
      accuracy: count ? hits / count : 0,
    })),
  };
}
