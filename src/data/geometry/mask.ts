import { check } from '../../base/errors.ts';
import { invertMap, keepsAxes } from './map.ts';
import type { Frame, Placement } from './placement.ts';

/** A picture of class indices: rows from the top, one byte a pixel. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  /** `width * height` indices. */
  readonly data: Uint8Array;
}

/** The index that means: not labelled; losses and metrics leave it out (torch's and Pascal VOC's custom). */
export const ignoreIndex = 255;

/**
 * A point this near below a pixel's edge counts as on it, which belongs to the pixel after it. Ties are common (every other pixel when
 * halving), and this is finer than any other distance of two whole sizes, so that rounding of the map does not decide them.
 */
const TIE = 1e-6;

/** A mask over `data` (all 0 when left out). @throws YosegiError when the length does not match */
export function mask(width: number, height: number, data?: Uint8Array): Mask {
  check(
    Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0,
    () => `a mask needs a whole width and height of at least 1, got ${width}×${height}`,
  );
  const indices = data ?? new Uint8Array(width * height);
  check(
    indices.length === width * height,
    () => `a mask of ${width}×${height} holds ${width * height} indices, got ${indices.length}`,
  );
  return { width, height, data: indices };
}

/**
 * Moves a mask as its picture was: every output pixel takes the index at its centre's place in the source (nearest neighbour), what was
 * cut off or comes from outside is `fill`. This is Pillow's NEAREST and torchvision's `NEAREST_EXACT` (its plain `NEAREST` is off
 * by up to half an output pixel), taken once for all steps together. A mask larger or smaller than the source picture covers it evenly.
 */
export function moveMask(source: Mask, placement: Placement, fill: number = ignoreIndex): Mask {
  const [height, width] = placement.size;
  const out = mask(width, height, new Uint8Array(width * height).fill(fill));
  const back = invertMap(placement.map);
  const frames: Frame[] = [{ map: [1, 0, 0, 0, 1, 0], size: placement.from }, ...placement.frames];
  const across = source.width / placement.from[1];
  const down = source.height / placement.from[0];
  const [a, b, c, d, e, f] = back;
  if (keepsAxes(back) && frames.every(({ map }) => keepsAxes(map))) {
    const columns = axis(width, source.width, across, a, c, frames, 0);
    const rows = axis(height, source.height, down, e, f, frames, 1);
    for (let y = 0; y < height; y++) {
      const row = rows[y]!;
      if (row < 0) continue;
      for (let x = 0; x < width; x++) {
        const column = columns[x]!;
        if (column >= 0) out.data[y * width + x] = source.data[row * source.width + column]!;
      }
    }
    return out;
  }
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o++) {
      const u = a * (x + 0.5) + b * (y + 0.5) + c;
      const v = d * (x + 0.5) + e * (y + 0.5) + f;
      if (!frames.every((frame) => holds(frame, u, v))) continue;
      const column = at(u * across, source.width);
      const row = at(v * down, source.height);
      out.data[o] = source.data[row * source.width + column]!;
    }
  }
  return out;
}

/**
 * Moves the masks of several pictures into one, as a mosaic put the pictures together: where a later one shows anything but `fill`, it lies
 * over the earlier ones.
 * @throws YosegiError when there are none, or their placements end in different sizes
 */
export function moveMasks(
  parts: readonly { readonly mask: Mask; readonly placement: Placement }[],
  fill: number = ignoreIndex,
): Mask {
  const moved = parts.map((part) => moveMask(part.mask, part.placement, fill));
  const [first, ...others] = moved;
  check(
    first && others.every(({ width, height }) => width === first.width && height === first.height),
    () => `masks are put together at one size, got ${moved.map((m) => `${m.width}×${m.height}`).join(', ') || 'none'}`,
  );
  for (const { data } of others) {
    for (let i = 0; i < data.length; i++) if (data[i] !== fill) first.data[i] = data[i]!;
  }
  return first;
}

/** Whether the source point (u, v) lies in the frame. */
function holds({ map, size }: Frame, u: number, v: number): boolean {
  const [a, b, c, d, e, f] = map;
  return within(a * u + b * v + c, size[1]) && within(d * u + e * v + f, size[0]);
}

function within(x: number, length: number): boolean {
  return x >= -TIE && x < length - TIE;
}

/** The pixel that holds the coordinate, among `length`. */
function at(x: number, length: number): number {
  return Math.max(0, Math.min(length - 1, Math.floor(x + TIE)));
}

/** For each output position on one axis, the mask's position; -1 where it is cut off. */
function axis(
  length: number,
  have: number,
  scale: number,
  slope: number,
  shift: number,
  frames: readonly Frame[],
  which: 0 | 1,
): Int32Array {
  const from = new Int32Array(length).fill(-1);
  for (let i = 0; i < length; i++) {
    const u = slope * (i + 0.5) + shift;
    const seen = frames.every(({ map, size }) =>
      which === 0 ? within(map[0] * u + map[2], size[1]) : within(map[4] * u + map[5], size[0]),
    );
    if (seen) from[i] = at(u * scale, have);
  }
  return from;
}
