import { check } from '../../base/errors.ts';
import type { Size } from '../../data/geometry/placement.ts';
import type { Detection } from '../../data/geometry/tiles.ts';
import { type Choice, chosen } from './decode.ts';
import { FOUND } from './inside.ts';
import { boxesOfRegions } from './region-boxes.ts';

/**
 * What one view's outputs say, in pixels of the input, the surest first. A detector gives a box and scores 0 … 1 for each point (`boxes` and
 * `scores`), or boxes that were chosen in the graph (`detections`), or a map whose regions are the things (`regions`).
 */
export function foundIn(
  { boxes, scores, detections, regions }: Readonly<Record<string, Float32Array>>,
  classes: number,
  size: Size,
  choice: Choice,
): Detection[] {
  if (detections) return listed(detections, choice.least).slice(0, choice.most);
  if (regions) return boxesOfRegions(regions, size, choice.least).slice(0, choice.most);
  check(boxes && scores, 'a detector gives boxes [N, points, 4] and scores [N, points, classes]');
  return chosen(boxes, scores, classes, choice);
}

/** Rows of left, top, right, bottom, score and class as boxes; those without a box have the class −1. */
function listed(rows: Float32Array, least: number): Detection[] {
  const found: Detection[] = [];
  for (let at = 0; at < rows.length; at += FOUND) {
    const [l, t, r, b, score, index] = rows.subarray(at, at + FOUND) as unknown as number[];
    if (index! >= 0 && score! >= least) found.push({ box: [l!, t!, r!, b!], score: score!, index: index! });
  }
  return found.sort((a, b) => b.score - a.score);
}
