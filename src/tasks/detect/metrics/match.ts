import { boxArea, type Corners, sharedArea } from '../../../data/geometry/boxes.ts';
import type { Detection } from '../../../data/geometry/tiles.ts';

/** A thing that truly is in a picture. */
export interface TrueBox {
  readonly box: Corners;
  /** Index of its class. */
  readonly index: number;
  /** Its area in pixels, where it is not the box's: that of its outline, by which COCO tells small from large. */
  readonly area?: number;
  /** Many things in one box: any number of detections may lie in it, none is counted. */
  readonly crowd?: boolean;
  /** Finding it is not counted, missing it is no mistake (Pascal VOC's `difficult`). */
  readonly difficult?: boolean;
}

/** A range of areas, in pixels, both ends within. */
export type AreaRange = readonly [number, number];

/** What became of the detections of one class in one picture, the highest scores first; bit t is the t-th threshold of overlap. */
export interface Matched {
  readonly scores: readonly number[];
  readonly hits: readonly number[];
  /** Neither hits nor false alarms. */
  readonly ignored: readonly number[];
  /** How many things there were to find. */
  readonly wanted: number;
}

/** Indices from the highest score down; equal scores stay in their order. */
export function byScore(scores: readonly number[]): number[] {
  return scores.map((_, i) => i).sort((i, j) => scores[j]! - scores[i]! || i - j);
}

/** Intersection over union; with a crowd, over the detection's own area. */
export function overlap(found: Corners, truth: TrueBox): number {
  const b = truth.box;
  const shared = sharedArea(found, b);
  const whole = truth.crowd ? boxArea(found) : boxArea(found) + boxArea(b) - shared;
  return whole > 0 ? shared / whole : 0;
}

/**
 * Matches the detections of one class in one picture with its truths, step by step as COCOeval's `evaluateImg`: from the highest score down,
 * each takes the truth it overlaps most that is not taken, rather one that counts; those outside `range` do not count.
 */
export function match(
  truths: readonly TrueBox[],
  detections: readonly Detection[],
  thresholds: readonly number[],
  [low, high]: AreaRange,
  most: number,
): Matched {
  const outside = (area: number) => area < low || area > high;
  const void_ = (t: TrueBox) => Boolean(t.crowd || t.difficult) || outside(t.area ?? boxArea(t.box));
  const sorted = [...truths.filter((t) => !void_(t)), ...truths.filter(void_)];
  const wanted = truths.filter((t) => !void_(t)).length;
  const order = byScore(detections.map(({ score }) => score)).slice(0, most);
  const found = order.map((i) => detections[i]!);
  const overlaps = found.map(({ box }) => sorted.map((t) => overlap(box, t)));
  const hits = found.map(() => 0);
  const ignored = found.map(() => 0);
  thresholds.forEach((threshold, bit) => {
    const taken = new Set<number>();
    found.forEach(({ box }, d) => {
      let best = Math.min(threshold, 1 - 1e-10);
      let m = -1;
      for (let g = 0; g < sorted.length; g++) {
        if (taken.has(g) && !sorted[g]!.crowd) continue;
        if (m >= 0 && m < wanted && g >= wanted) break;
        if (overlaps[d]![g]! < best) continue;
        best = overlaps[d]![g]!;
        m = g;
      }
      if (m >= 0) taken.add(m);
      if (m >= 0 && m < wanted) hits[d]! |= 1 << bit;
      else if (m >= 0 || outside(boxArea(box))) ignored[d]! |= 1 << bit;
    });
  });
  return { scores: found.map(({ score }) => score), hits, ignored, wanted };
}
