import type { Box } from '../resize/resize.ts';
import { type AffineMap, composeMaps, identityMap, invertMap } from './map.ts';

/** Height and width, in pixels. */
export type Size = readonly [height: number, width: number];

/** A picture on the way from source to output, whose edges cut what lies outside: where source points lie in it, and its size. */
export interface Frame {
  /** Source pixel coordinates to those of this frame. */
  readonly map: AffineMap;
  readonly size: Size;
}

/**
 * Where a picture's pixels went: what moves pixels (a crop, a resize, a mirroring, a rotation, all of these in a row) says it with one
 * of these, and boxes, polygons and masks are moved by it. Plain JSON. Coordinates are those of {@link AffineMap}: continuous, pixel
 * centres at half coordinates.
 */
export interface Placement extends Frame {
  /** Size of the source picture. */
  readonly from: Size;
  /**
   * Frames on the way that cut more than source and output do: where a picture was cropped and then rotated, its corners show
   * the fill, though the source goes on there.
   */
  readonly frames: readonly Frame[];
}

/** Nothing moved: a picture of `size` as it is. */
export function unmoved(size: Size): Placement {
  return { map: identityMap, from: size, size, frames: [] };
}

/** A crop `box` of a picture of size `from`, resized to `size`; the whole picture where `box` is left out. */
export function resized(from: Size, size: Size, box?: Box): Placement {
  const { x, y, width, height } = box ?? { x: 0, y: 0, width: from[1], height: from[0] };
  const across = size[1] / width;
  const down = size[0] / height;
  return { map: [across, 0, -x * across, 0, down, -y * down], from, size, frames: [] };
}

/** A picture of size `from`, resized to `scaled`, of which a window of `size` is seen with its upper left corner at (x, y), which may lie outside. */
export function windowed(from: Size, scaled: Size, [x, y]: readonly [number, number], size: Size): Placement {
  const [a, b, c, d, e, f] = resized(from, scaled).map;
  return { map: [a, b, c - x, d, e, f - y], from, size, frames: [] };
}

/** A picture of `size` mirrored left-right, up-down or both. */
export function mirrored(size: Size, flipX: boolean, flipY: boolean): Placement {
  const [height, width] = size;
  return {
    map: [flipX ? -1 : 1, 0, flipX ? width : 0, 0, flipY ? -1 : 1, flipY ? height : 0],
    from: size,
    size,
    frames: [],
  };
}

/** A picture of `size` moved within its frame, where output point p is read at `inverse`(p), as `affine` of `data/augment` does it. */
export function warped(size: Size, inverse: AffineMap): Placement {
  return { map: invertMap(inverse), from: size, size, frames: [] };
}

/** The placement of a picture that went through `first`, then through `second`. */
export function compose(first: Placement, second: Placement): Placement {
  const moved = second.frames.map(({ map, size }) => ({ map: composeMaps(first.map, map), size }));
  const between = fills(second) ? [] : [{ map: first.map, size: first.size }];
  return {
    map: composeMaps(first.map, second.map),
    from: first.from,
    size: second.size,
    frames: [...first.frames, ...between, ...moved],
  };
}

/** The placement back: moves what was found in the output to the source picture. */
export function inverseOf(placement: Placement): Placement {
  const back = invertMap(placement.map);
  return {
    map: back,
    from: placement.size,
    size: placement.from,
    frames: placement.frames.map(({ map, size }) => ({ map: composeMaps(back, map), size })),
  };
}

/** Whether the output shows nothing from outside its source and so cuts at least as much as the source's edges do. */
function fills({ map, from, size, frames }: Placement): boolean {
  const [a, b, c, d, e, f] = map;
  if (frames.length > 0 || b !== 0 || d !== 0) return false;
  const within = (scale: number, shift: number, have: number, want: number) => {
    const ends = [-shift / scale, (want - shift) / scale];
    return Math.min(...ends) > -1e-9 && Math.max(...ends) < have + 1e-9;
  };
  return within(a, c, from[1], size[1]) && within(e, f, from[0], size[0]);
}
