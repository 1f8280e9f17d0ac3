import { check } from '../../base/errors.ts';
import type { Corners } from '../../data/geometry/boxes.ts';
import type { Size } from '../../data/geometry/placement.ts';
import { regionsOf } from '../../data/geometry/regions.ts';
import type { Detection } from '../../data/geometry/tiles.ts';

/** Pixels of at least this belong to a thing. */
const INSIDE = 0.3;
/** Regions of a shorter side are noise. */
const LEAST_SIDE = 3;
/** Maps are trained on shrunken things: a box grows by its area over its outline, times this. */
const GROWTH = 1.5;

/**
 * The connected regions of a map [1, height, width] of how likely each pixel is part of a thing, as boxes: around each region, grown to what
 * it was before maps are shrunk for training, as sure as its pixels are on average. How DB's text maps are read (Liao et al. 2020, arXiv
 * 1911.08947 §3.3, with the numbers of PaddleOCR), with upright boxes.
 */
export function boxesOfRegions(map: Float32Array, [height, width]: Size, least: number): Detection[] {
  check(
    map.length === height * width,
    () => `a map of regions has one number for each of ${height}×${width} pixels, got ${map.length}`,
  );
  const { of, sizes } = regionsOf((i) => map[i]! > INSIDE, [height, width]);
  const around = sizes.map((): [number, number, number, number] => [width, height, 0, 0]);
  const sums = sizes.map(() => 0);
  of.forEach((region, i) => {
    if (region === 0) return;
    const box = around[region - 1]!;
    const [x, y] = [i % width, Math.floor(i / width)];
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x + 1);
    box[3] = Math.max(box[3], y + 1);
    sums[region - 1]! += map[i]!;
  });
  const found = around.flatMap((box, r): Detection[] => {
    const score = sums[r]! / sizes[r]!;
    const short = Math.min(box[2] - box[0], box[3] - box[1]) < LEAST_SIDE;
    return short || score < least ? [] : [{ box: grown(box, [height, width]), score, index: 0 }];
  });
  return found.sort((a, b) => b.score - a.score);
}

function grown([l, t, r, b]: Corners, [height, width]: Size): Corners {
  const [w, h] = [r - l, b - t];
  const by = (GROWTH * w * h) / (2 * (w + h));
  return [Math.max(0, l - by), Math.max(0, t - by), Math.min(width, r + by), Math.min(height, b + by)];
}
