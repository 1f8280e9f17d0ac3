import { z } from 'zod';
import { check } from '../../base/errors.ts';
import type { Size } from '../../data/geometry/placement.ts';

/** Longer side of a small heat map, in cells. */
const SIDE = 96;
/** Steps from 0 to what good pictures reach at most; what is more than 255 of them counts as so much. */
const STEPS = 64;

/** A heat map that is small enough to keep: the highest value in each cell, in units of what good pictures reach. */
export const smallHeat = z.object({
  /** Height and width in cells. */
  size: z.tuple([z.int().min(1), z.int().min(1)]),
  /** A byte a cell, row by row, in base64: 64 is 1. */
  values: z.string(),
});
export type SmallHeat = z.infer<typeof smallHeat>;

/** Makes a map [height, width] small. */
export function shrinkHeat(map: Float32Array, [height, width]: Size): SmallHeat {
  const scale = Math.min(1, SIDE / Math.max(height, width));
  const [h, w] = [Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale))];
  const cells = new Uint8Array(h * w);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * h) / height) * w;
    for (let x = 0; x < width; x++) {
      const at = row + Math.floor((x * w) / width);
      const value = Math.max(0, Math.min(255, Math.round(map[y * width + x]! * STEPS)));
      if (value > cells[at]!) cells[at] = value;
    }
  }
  return { size: [h, w], values: btoa(String.fromCharCode(...cells)) };
}

/** Its values, a cell each. @throws YosegiError where they are not as many as it has cells */
export function heatValues({ size: [h, w], values }: SmallHeat): Float32Array {
  const bytes = atob(values);
  check(bytes.length === h * w, () => `a heat map of ${w}×${h} cells has ${h * w} values, got ${bytes.length}`);
  return Float32Array.from(bytes, (byte) => byte.charCodeAt(0) / STEPS);
}
