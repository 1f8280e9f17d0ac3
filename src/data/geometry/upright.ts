import type { AffineMap } from './map.ts';
import type { Placement, Size } from './placement.ts';

/** What EXIF's orientations 1 … 8 do to points of a stored picture of `width`×`height`. */
const turns: readonly ((width: number, height: number) => AffineMap)[] = [
  () => [1, 0, 0, 0, 1, 0],
  (w) => [-1, 0, w, 0, 1, 0],
  (w, h) => [-1, 0, w, 0, -1, h],
  (_, h) => [1, 0, 0, 0, -1, h],
  () => [0, 1, 0, 1, 0, 0],
  (_, h) => [0, -1, h, 1, 0, 0],
  (w, h) => [0, -1, h, -1, 0, w],
  (w) => [0, 1, 0, -1, 0, w],
];

/** Where the pixels of a stored picture of size `stored` go when it is turned upright as EXIF's orientation says. */
export function turnedUpright(stored: Size, orientation: number): Placement {
  const [height, width] = stored;
  const map = (turns[orientation - 1] ?? turns[0]!)(width, height);
  return { map, from: stored, size: orientation >= 5 && orientation <= 8 ? [width, height] : stored, frames: [] };
}
