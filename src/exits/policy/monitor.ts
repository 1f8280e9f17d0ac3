import { check } from '../../base/errors.ts';
import { type Homogeneity, homogeneity, stabilityIndex } from './chi-square.ts';
import { binOf, type Distribution, type Left } from './distribution.ts';

export interface MonitorOptions {
  /** How many of the last images are looked at; default 1000. */
  readonly window?: number;
  /** Before this many, nothing is said; default 200. */
  readonly minimum?: number;
  /** Chance of a false alarm in one look, both tests together; default 0.001. */
  readonly alpha?: number;
  /** Smaller shifts (population stability index) are no drift, however certain they are; default 0.1. */
  readonly least?: number;
}

/** One comparison with calibration. */
export interface Shift extends Homogeneity {
  /** How large the difference is, whatever the number of images. */
  readonly stabilityIndex: number;
  readonly drifted: boolean;
}

export interface DriftReport {
  /** Images since the monitor began. */
  readonly total: number;
  /** Images in the window that the rest is about. */
  readonly images: number;
  /** Share that left at each exit, and at calibration. */
  readonly shares: readonly number[];
  readonly calibrated: readonly number[];
  readonly exits: Shift;
  readonly confidence: Shift;
  readonly state: 'too few images' | 'as calibrated' | 'drifted';
}

/**
 * Counts where images leave and how sure the exits are, and compares the last ones with calibration: a chi-square test of
 * homogeneity on exits and on bins of confidence (calibration is a sample too, so both sides are counts). Drift is a difference
 * that is both beyond chance and large enough to matter; the level is halved for the two tests. A look at every image would
 * still raise false alarms: look once a window.
 */
export class ExitMonitor {
  readonly #calibrated: Distribution;
  readonly #options: Required<MonitorOptions>;
  /** The window as a ring: exit and bin of each image. */
  readonly #exits: Uint16Array;
  readonly #bins: Uint16Array;
  readonly #exitCounts: number[];
  readonly #binCounts: number[];
  #total = 0;

  constructor(calibrated: Distribution, options: MonitorOptions = {}) {
    const { window = 1000, alpha = 0.001, least = 0.1 } = options;
    const minimum = options.minimum ?? Math.min(200, window);
    check(
      Number.isInteger(window) && window >= 1 && minimum >= 1 && minimum <= window,
      () => `a monitor needs a window of at least ${minimum} images, its minimum, got ${window}`,
    );
    check(alpha > 0 && alpha < 1 && least >= 0, () => `alpha lies between 0 and 1, got ${alpha}`);
    this.#calibrated = calibrated;
    this.#options = { window, minimum, alpha, least };
    this.#exits = new Uint16Array(window);
    this.#bins = new Uint16Array(window);
    this.#exitCounts = calibrated.exits.map(() => 0);
    this.#binCounts = calibrated.confidence.counts.map(() => 0);
  }

  /** Counts one image. */
  add({ exit, confidence }: Left): void {
    check(
      Number.isInteger(exit) && exit >= 0 && exit < this.#exitCounts.length,
      () => `an image left at exit ${exit}; calibration knows ${this.#exitCounts.length} exits`,
    );
    const at = this.#total % this.#options.window;
    if (this.#total >= this.#options.window) {
      this.#exitCounts[this.#exits[at]!]!--;
      this.#binCounts[this.#bins[at]!]!--;
    }
    const bin = binOf(this.#calibrated.confidence.edges, confidence);
    this.#exits[at] = exit;
    this.#bins[at] = bin;
    this.#exitCounts[exit]!++;
    this.#binCounts[bin]!++;
    this.#total++;
  }

  report(): DriftReport {
    const images = Math.min(this.#total, this.#options.window);
    const enough = images >= this.#options.minimum;
    const exits = this.#shift(this.#calibrated.exits, this.#exitCounts, enough);
    const confidence = this.#shift(this.#calibrated.confidence.counts, this.#binCounts, enough);
    const drifted = exits.drifted || confidence.drifted;
    return {
      total: this.#total,
      images,
      shares: sharesOf(this.#exitCounts),
      calibrated: sharesOf(this.#calibrated.exits),
      exits,
      confidence,
      state: enough ? (drifted ? 'drifted' : 'as calibrated') : 'too few images',
    };
  }

  #shift(expected: readonly number[], seen: readonly number[], enough: boolean): Shift {
    const test = homogeneity(expected, seen);
    const index = stabilityIndex(expected, seen);
    const drifted = enough && test.p < this.#options.alpha / 2 && index >= this.#options.least;
    return { ...test, stabilityIndex: index, drifted };
  }
}

function sharesOf(counts: readonly number[]): number[] {
  const total = counts.reduce((a, b) => a + b, 0);
  return counts.map((n) => n / Math.max(1, total));
}
