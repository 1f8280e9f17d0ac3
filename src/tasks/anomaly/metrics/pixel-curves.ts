import { check } from '../../../base/errors.ts';
import { ignoreIndex } from '../../../data/geometry/mask.ts';
import type { Size } from '../../../data/geometry/placement.ts';
import { regionsOf } from '../../../data/geometry/regions.ts';
import { binOf, scoreBins } from './score-bins.ts';

/** What was measured over pixels. */
export interface PixelFigures {
  /** Share of pairs of an anomalous and a good pixel in the right order; null without pixels of both kinds. */
  readonly auroc: number | null;
  /** Mean share of each region that is found, over false-positive rates up to the limit; null without both kinds. */
  readonly aupro: number | null;
  /** Connected anomalous regions. */
  readonly regions: number;
}

/**
 * Judges heat maps pixel by pixel over any number of pictures, in 24 MB: scores are counted by {@link binOf}, so scores nearer than 1/2048
 * of themselves count as equal. The per-region overlap (Bergmann et al. 2021, MVTec AD) needs no list of regions: each pixel of one counts
 * 1 / its size, and the sum above a threshold, over the regions, is the mean overlap.
 */
export class PixelCurves {
  readonly #good = new Float64Array(scoreBins);
  readonly #anomalous = new Float64Array(scoreBins);
  readonly #overlap = new Float64Array(scoreBins);
  #regions = 0;

  /**
   * Adds a picture of `size`: its heat map and its mask (0 is good, 255 does not count, anything else is anomalous), row by row.
   * @throws YosegiError when lengths do not match or a score is not a number
   */
  add(map: Float32Array, mask: Uint8Array, size: Size): void {
    const pixels = size[0] * size[1];
    check(
      map.length === pixels && mask.length === pixels,
      () =>
        `a picture of ${size[1]}×${size[0]} has ${pixels} pixels, got a map of ${map.length}, a mask of ${mask.length}`,
    );
    const { of, sizes } = regionsOf((i) => mask[i] !== 0 && mask[i] !== ignoreIndex, size);
    this.#regions += sizes.length;
    for (let i = 0; i < pixels; i++) {
      const score = map[i]!;
      check(!Number.isNaN(score), () => `the score of pixel ${i} is not a number: was the model fitted?`);
      if (mask[i] === ignoreIndex) continue;
      const bin = binOf(score);
      const region = of[i]!;
      if (region === 0) this.#good[bin]!++;
      else {
        this.#anomalous[bin]!++;
        this.#overlap[bin]! += 1 / sizes[region - 1]!;
      }
    }
  }

  /** The figures so far; `limit` is the largest false-positive rate that the overlap is averaged over. */
  figures(limit = 0.3): PixelFigures {
    const good = sum(this.#good);
    const anomalous = sum(this.#anomalous);
    if (good === 0 || anomalous === 0) return { auroc: null, aupro: null, regions: this.#regions };
    const [rate, overlap] = this.#curves(good);
    return {
      auroc: area(rate, curve(this.#anomalous, anomalous, this.#used()), 1),
      aupro: area(rate, overlap, limit) / limit,
      regions: this.#regions,
    };
  }

  #curves(good: number): [number[], number[]] {
    const used = this.#used();
    return [curve(this.#good, good, used), curve(this.#overlap, this.#regions, used)];
  }

  /** Bins that hold a score, the highest first. */
  #used(): number[] {
    const bins: number[] = [];
    for (let b = scoreBins - 1; b >= 0; b--) if (this.#good[b]! > 0 || this.#anomalous[b]! > 0) bins.push(b);
    return bins;
  }
}

const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);

/** Shares of `whole` at or above each of the bins, from 0. */
function curve(counts: Float64Array, whole: number, bins: readonly number[]): number[] {
  let seen = 0;
  return [
    0,
    ...bins.map((b) => {
      seen += counts[b]!;
      return Math.min(1, seen / whole);
    }),
  ];
}

/** Area under y over x from 0 to `limit`, straight between points. */
function area(x: readonly number[], y: readonly number[], limit: number): number {
  let total = 0;
  for (let i = 1; i < x.length && x[i - 1]! < limit; i++) {
    const width = x[i]! - x[i - 1]!;
    const to = Math.min(x[i]!, limit);
    const end = width > 0 ? y[i - 1]! + ((y[i]! - y[i - 1]!) * (to - x[i - 1]!)) / width : y[i]!;
    total += ((y[i - 1]! + end) / 2) * (to - x[i - 1]!);
  }
  return total;
}
