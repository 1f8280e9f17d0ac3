import { check } from '../../../base/errors.ts';
import { ignoreIndex } from '../../../data/geometry/mask.ts';
import type { Size } from '../../../data/geometry/placement.ts';
import { checkPixels, mean, share } from './pixels.ts';

/** How wide boundaries are, as shares of a picture's diagonal. */
export interface BoundaryWidths {
  /** Width of the band of boundary IoU (0.02, Cheng et al. 2021), at least one pixel. */
  readonly band?: number;
  /** How far off a contour may be for boundary F (0.0075, Csurka et al. 2013), at least one pixel. */
  readonly tolerance?: number;
}

/** What was measured at the edges of one class. */
export interface ClassBoundary {
  /** Intersection over union of the pixels near the edges of the class's regions; null where there are none. */
  readonly iou: number | null;
  /** Harmonic mean of the shares of predicted and of true contour pixels that have one of the other near; null where there are none. */
  readonly f: number | null;
}

/** What was measured at edges; means are over the classes that occur. */
export interface BoundaryFigures {
  readonly iou: number;
  readonly f: number;
  readonly classes: readonly ClassBoundary[];
}

/** Judges the edges of regions, where overlap over whole regions sees little; counts run over all pictures, as in boundary IoU's own code. */
export class BoundaryJudge {
  readonly classes: number;
  readonly #ignore: number;
  readonly #widths: Required<BoundaryWidths>;
  readonly #sums: { both: number; either: number; predicted: number; right: number; true: number; found: number }[];

  constructor(classes: number, widths: BoundaryWidths = {}, ignore: number = ignoreIndex) {
    this.classes = classes;
    this.#ignore = ignore;
    this.#widths = { band: 0.02, tolerance: 0.0075, ...widths };
    this.#sums = Array.from({ length: classes }, () => ({
      both: 0,
      either: 0,
      predicted: 0,
      right: 0,
      true: 0,
      found: 0,
    }));
  }

  /**
   * Adds one picture of `size`: its indices, true and predicted, row by row.
   * @throws YosegiError when lengths do not match, or a class does not exist
   */
  add(truth: Uint8Array, predicted: Uint8Array, size: Size): void {
    const [height, width] = size;
    check(
      truth.length === height * width,
      () => `a picture of ${width}×${height} has ${height * width} indices, got ${truth.length}`,
    );
    checkPixels(truth, predicted, this.classes, this.#ignore);
    const diagonal = Math.hypot(height, width);
    const band = Math.max(1, Math.round(this.#widths.band * diagonal));
    const near = discOf(Math.max(1, Math.round(this.#widths.tolerance * diagonal)));
    const labelled = truth.map((t) => (t === this.#ignore ? 0 : 1));
    // Where nothing is labelled the truth is taken to agree, so that no edge arises there.
    const agreed = truth.map((t, i) => (labelled[i] ? t : predicted[i]!));
    const present = new Set([...agreed, ...predicted]);
    this.#sums.forEach((sums, c) => {
      if (!present.has(c)) return;
      const [t, p] = [agreed, predicted].map((indices) => indices.map((k) => (k === c ? 1 : 0))) as [
        Uint8Array,
        Uint8Array,
      ];
      const [tBand, pBand] = [bandOf(t, size, band), bandOf(p, size, band)];
      const [tEdge, pEdge] = [contourOf(t, labelled, size), contourOf(p, labelled, size)];
      const [tNear, pNear] = [dilate(tEdge, size, near), dilate(pEdge, size, near)];
      for (let i = 0; i < t.length; i++) {
        if (!labelled[i]) continue;
        sums.both += tBand[i]! & pBand[i]!;
        sums.either += tBand[i]! | pBand[i]!;
        sums.true += tEdge[i]!;
        sums.found += tEdge[i]! & pNear[i]!;
        sums.predicted += pEdge[i]!;
        sums.right += pEdge[i]! & tNear[i]!;
      }
    });
  }

  /** The figures so far. */
  figures(): BoundaryFigures {
    const classes = this.#sums.map((s): ClassBoundary => {
      const precision = share(s.right, s.predicted) ?? 0;
      const recall = share(s.found, s.true) ?? 0;
      const f = precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
      return { iou: share(s.both, s.either), f: s.true + s.predicted > 0 ? f : null };
    });
    return { iou: mean(classes.map(({ iou }) => iou)), f: mean(classes.map(({ f }) => f)), classes };
  }
}

/** The pixels of a region that lie within `d` of its edge, diagonals counting one; the picture's edge is one too. */
function bandOf(region: Uint8Array, [height, width]: Size, d: number): Uint8Array {
  const sums = new Int32Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y + 1) * (width + 1) + x + 1;
      sums[at] = region[y * width + x]! + sums[at - 1]! + sums[at - width - 1]! - sums[at - width - 2]!;
    }
  }
  const full = (2 * d + 1) ** 2;
  return region.map((on, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (!on || x < d || y < d || x + d >= width || y + d >= height) return on;
    const [top, bottom] = [(y - d) * (width + 1), (y + d + 1) * (width + 1)];
    const inside = sums[bottom + x + d + 1]! - sums[bottom + x - d]! - sums[top + x + d + 1]! + sums[top + x - d]!;
    return inside === full ? 0 : 1;
  });
}

/** The pixels of a region with a labelled pixel beside, above or below that is not of it. */
function contourOf(region: Uint8Array, labelled: Uint8Array, [height, width]: Size): Uint8Array {
  const outside = (i: number) => (labelled[i]! && !region[i] ? 1 : 0);
  return region.map((on, i) => {
    if (!on) return 0;
    const [x, y] = [i % width, Math.floor(i / width)];
    return (
      (x > 0 ? outside(i - 1) : 0) |
      (x < width - 1 ? outside(i + 1) : 0) |
      (y > 0 ? outside(i - width) : 0) |
      (y < height - 1 ? outside(i + width) : 0)
    );
  });
}

/** Steps to all pixels within `radius`. */
function discOf(radius: number): (readonly [number, number])[] {
  const side = Array.from({ length: 2 * radius + 1 }, (_, i) => i - radius);
  return side.flatMap((dy) => side.flatMap((dx) => (dx * dx + dy * dy <= radius * radius ? [[dx, dy] as const] : [])));
}

function dilate(points: Uint8Array, [height, width]: Size, disc: readonly (readonly [number, number])[]): Uint8Array {
  const out = new Uint8Array(points.length);
  points.forEach((on, i) => {
    if (!on) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    for (const [dx, dy] of disc) {
      const [u, v] = [x + dx, y + dy];
      if (u >= 0 && v >= 0 && u < width && v < height) out[v * width + u] = 1;
    }
  });
  return out;
}
