import { type Placement, resized, type Size } from '../geometry/placement.ts';
import { type Image, image } from '../image.ts';
import { resize } from './resize.ts';

/**
 * The picture made smaller so that its shorter side is `shorter` pixels, or as it is when that is not longer already.
 * Far larger pictures are first averaged over whole squares of pixels down to at least twice the goal (as Pillow's
 * `thumbnail` does), then resized bilinear with antialiasing.
 */
export function shrink(source: Image, shorter: number): Image {
  const side = Math.min(source.width, source.height);
  if (side <= shorter) return source;
  const reduced = reduce(source, Math.floor(side / (2 * shorter)));
  const scale = shorter / side;
  return resize(
    reduced,
    Math.max(1, Math.round(source.width * scale)),
    Math.max(1, Math.round(source.height * scale)),
    'bilinear',
  );
}

/** Where the pixels of a picture of size `from` went that {@link shrink} made `size`. */
export function shrunk(from: Size, size: Size): Placement {
  const factor = Math.max(1, Math.floor(Math.min(...from) / (2 * Math.min(...size))));
  // What does not fill a square was left out.
  const [height, width] = [Math.floor(from[0] / factor) * factor, Math.floor(from[1] / factor) * factor];
  return resized(from, size, { x: 0, y: 0, width, height });
}

/** Averages squares of `factor`×`factor` pixels; what does not fill a square at the right and bottom is left out. */
function reduce(source: Image, factor: number): Image {
  if (factor < 2) return source;
  const out = image(Math.floor(source.width / factor), Math.floor(source.height / factor));
  const row = out.width * 3;
  const sums = new Uint32Array(row);
  const area = factor * factor;
  for (let y = 0; y < out.height; y++) {
    sums.fill(0);
    for (let dy = 0; dy < factor; dy++) {
      let p = (y * factor + dy) * source.width * 3;
      for (let o = 0; o < row; o += 3) {
        let r = 0;
        let g = 0;
        let b = 0;
        for (let k = 0; k < factor; k++, p += 3) {
          r += source.data[p]!;
          g += source.data[p + 1]!;
          b += source.data[p + 2]!;
        }
        sums[o] = sums[o]! + r;
        sums[o + 1] = sums[o + 1]! + g;
        sums[o + 2] = sums[o + 2]! + b;
      }
    }
    for (let o = 0; o < row; o++) out.data[y * row + o] = (sums[o]! + (area >> 1)) / area;
  }
  return out;
}
