import { check } from '../../base/errors.ts';
import { type Image, image } from '../image.ts';
import { horizontal, vertical } from './resize-passes.ts';
import { extent, type Filter, taps } from './resize-taps.ts';

export { type Filter, filters } from './resize-taps.ts';

/** A rectangle of whole pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

let scratch = new Uint8ClampedArray(0);

/** What to resample: `box` of the source becomes `width`×`height`, of which `window` is computed. */
export interface Resample {
  readonly width: number;
  readonly height: number;
  readonly filter: Filter;
  /** Part of the source that is read (all of it); pixels outside never bleed in, as if cropped first. */
  readonly box?: Box;
  /** Part of the result that is computed and returned (all of it). */
  readonly window?: Box;
}

/**
 * Separable resampling with an antialiasing filter, bit for bit as Pillow 13's `Image.resize` does it on 8-bit channels:
 * filter weights in 22-bit fixed point, bytes between the two passes. (Pillow before 13 never took the vertical pass
 * first; where it does, edges of full contrast can differ by a few levels between the two.)
 *
 * Reads a crop of the source and computes a window of the result, if asked, in one go.
 * @throws YosegiError when box or window lie outside
 */
export function resample(source: Image, options: Resample): Image {
  const { width, height, filter } = options;
  const box = options.box ?? { x: 0, y: 0, width: source.width, height: source.height };
  const window = options.window ?? { x: 0, y: 0, width, height };
  inside('crop', box, source.width, source.height);
  inside('window', window, width, height);
  const out = image(window.width, window.height);
  const across = taps(box.width, width, filter, window.x, window.width);
  const down = taps(box.height, height, filter, window.y, window.height);
  const [left, columns] = extent(across);
  const [top, rows] = extent(down);
  // Views, so that both passes always see the same kind of array.
  const from = new Uint8ClampedArray(source.data.buffer, source.data.byteOffset, source.data.length);
  const to = new Uint8ClampedArray(out.data.buffer, 0, out.data.length);
  const stride = source.width * 3;
  const start = (box.y + top) * stride + (box.x + left) * 3;
  if (verticalFirst(box, width, height)) {
    reserve(columns * 3 * window.height);
    vertical(from, start, stride, columns * 3, top, down, scratch);
    horizontal(scratch, 0, columns * 3, window.height, left, across, to);
  } else {
    reserve(window.width * 3 * rows);
    horizontal(from, start, stride, rows, left, across, scratch);
    vertical(scratch, 0, window.width * 3, window.width * 3, top, down, to);
  }
  // A huge picture should not leave its scratch memory behind.
  if (scratch.length > 1 << 24) scratch = new Uint8ClampedArray(0);
  return out;
}

/** Resizes the whole picture to `width`×`height`. */
export function resize(source: Image, width: number, height: number, filter: Filter = 'bilinear'): Image {
  return resample(source, { width, height, filter });
}

function inside(what: string, box: Box, width: number, height: number): void {
  const { x, y } = box;
  const whole = [x, y, box.width, box.height].every(Number.isInteger);
  check(
    whole && x >= 0 && y >= 0 && box.width > 0 && box.height > 0 && x + box.width <= width && y + box.height <= height,
    () => `the ${what} ${box.width}×${box.height} at (${x}, ${y}) does not lie inside ${width}×${height}`,
  );
}

/** Pillow 13 begins with the vertical pass where it takes away more than twice as many rows as columns go. */
function verticalFirst(box: Box, width: number, height: number): boolean {
  return box.height > height && box.height - height > 2 * (box.width - width);
}

function reserve(bytes: number): void {
  if (scratch.length < bytes) scratch = new Uint8ClampedArray(bytes);
}
