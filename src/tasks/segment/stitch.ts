import { check } from '../../base/errors.ts';
import type { Placement, Size } from '../../data/geometry/placement.ts';

/** On one axis of the picture: for each of its pixels, the two cells of a view's map beside it, and how much the second counts. */
interface Axis {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly part: Float32Array;
  /** How much the view counts there: 0 where it does not see the pixel. */
  readonly weight: Float32Array;
}

/**
 * Maps of a picture's views, [channels, height, width] each, as one map [channels, height, width] of the picture's own size: read bilinearly at
 * each pixel's place, blended where views overlap, the more the farther the pixel lies from the view's border. Maps may be smaller than
 * the views they were made of. Pixels that no view sees take the nearest that one sees.
 */
export function stitch(
  maps: readonly Float32Array[],
  [mapHeight, mapWidth]: Size,
  placements: readonly Placement[],
): Float32Array {
  const [first] = placements;
  check(
    first && maps.length === placements.length,
    () => `${placements.length} views have as many maps, got ${maps.length}`,
  );
  const [height, width] = first.from;
  const plane = mapHeight * mapWidth;
  const channels = maps[0]!.length / plane;
  check(Number.isInteger(channels), () => `a map of ${mapWidth}×${mapHeight} does not have ${maps[0]!.length} values`);
  const out = new Float32Array(channels * height * width);
  const total = placements.length > 1 ? new Float32Array(height * width) : undefined;
  const single = placements.length === 1;
  placements.forEach(({ map: [a, , c, , e, f], size }, v) => {
    const map = maps[v]!;
    const across = axisOf(width, a, c, size[1], mapWidth, single);
    const down = axisOf(height, e, f, size[0], mapHeight, single);
    for (let y = 0; y < height; y++) {
      const row = down.weight[y]!;
      if (row === 0) continue;
      const [top, bottom, fy] = [down.low[y]! * mapWidth, down.high[y]! * mapWidth, down.part[y]!];
      for (let x = 0; x < width; x++) {
        const weight = row * across.weight[x]!;
        if (weight === 0) continue;
        const [left, right, fx] = [across.low[x]!, across.high[x]!, across.part[x]!];
        const at = y * width + x;
        if (total) total[at]! += weight;
        for (let k = 0, o = at, m = 0; k < channels; k++, o += height * width, m += plane) {
          const upper = map[m + top + left]! * (1 - fx) + map[m + top + right]! * fx;
          const lower = map[m + bottom + left]! * (1 - fx) + map[m + bottom + right]! * fx;
          out[o]! += weight * (upper * (1 - fy) + lower * fy);
        }
      }
    }
  });
  if (total) {
    for (let o = 0; o < out.length; o++) {
      const weight = total[o % total.length]!;
      if (weight > 0) out[o]! /= weight;
    }
  }
  return out;
}

/** `slope` and `shift` take a picture's coordinate to the view's, which is `size` long and has `cells` in the map. */
function axisOf(length: number, slope: number, shift: number, size: number, cells: number, single: boolean): Axis {
  const axis: Axis = {
    low: new Int32Array(length),
    high: new Int32Array(length),
    part: new Float32Array(length),
    weight: new Float32Array(length),
  };
  // How far the view reaches in the picture: its borders there are no borders of the picture.
  const [start, end] = [-shift / slope, (size - shift) / slope];
  for (let i = 0; i < length; i++) {
    const seen = slope * (i + 0.5) + shift;
    const cell = Math.max(0, Math.min(cells - 1, (seen * cells) / size - 0.5));
    const low = Math.floor(cell);
    axis.low[i] = low;
    axis.high[i] = Math.min(cells - 1, low + 1);
    axis.part[i] = cell - low;
    if (single) axis.weight[i] = 1;
    else if (seen > 0 && seen < size) {
      const before = start > 0.5 ? seen : size;
      const after = end < length - 0.5 ? size - seen : size;
      axis.weight[i] = Math.min(1, (2 * Math.min(before, after)) / size);
    }
  }
  return axis;
}
