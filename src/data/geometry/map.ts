import { check } from '../../base/errors.ts';

/**
 * A 2×3 affine map of points: (x, y) goes to (a·x + b·y + c, d·x + e·y + f). Coordinates are in pixels and continuous: pixel
 * (i, j) covers i … i + 1 by j … j + 1 and has its centre at (i + ½, j + ½); a whole picture is 0 … width by 0 … height.
 */
export type AffineMap = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** A point (x, y), in pixels. */
export type Point = readonly [x: number, y: number];

/** The map that moves nothing. */
export const identityMap: AffineMap = [1, 0, 0, 0, 1, 0];

/** Where `map` takes a point. */
export function movePoint([a, b, c, d, e, f]: AffineMap, [x, y]: Point): Point {
  return [a * x + b * y + c, d * x + e * y + f];
}

/** The map that does `first`, then `second`. */
export function composeMaps(first: AffineMap, second: AffineMap): AffineMap {
  const [a, b, c, d, e, f] = first;
  const [p, q, r, s, t, u] = second;
  return [p * a + q * d, p * b + q * e, p * c + q * f + r, s * a + t * d, s * b + t * e, s * c + t * f + u];
}

/**
 * The map that undoes `map`.
 * @throws YosegiError when it flattens the picture to a line, which nothing undoes
 */
export function invertMap([a, b, c, d, e, f]: AffineMap): AffineMap {
  const det = a * e - b * d;
  check(
    Number.isFinite(1 / det),
    () => `the map [${[a, b, c, d, e, f].join(', ')}] flattens the picture and has no inverse`,
  );
  const [p, q, s, t] = [e / det, -b / det, -d / det, a / det];
  return [p, q, -(p * c + q * f), s, t, -(s * c + t * f)];
}

/** Whether upright rectangles stay upright, sides on their axes: resizes, crops, shifts and mirrorings. */
export function keepsAxes([, b, , d]: AffineMap): boolean {
  return b === 0 && d === 0;
}
