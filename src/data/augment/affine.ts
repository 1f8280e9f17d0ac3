import type { AffineMap } from '../geometry/map.ts';
import type { Image } from '../image.ts';

/** timm's fill for what comes from outside: mid grey. */
const FILL = 128;

/** What lies outside of a picture: mid grey, or its outermost pixels over and over. */
export type Outside = 'grey' | 'edge';

/**
 * Moves the picture in place, bilinear as Pillow's `transform`: the output's point p is read at `matrix`(p). Returns `matrix`.
 */
export function affine({ width, height, data }: Image, matrix: AffineMap, outside: Outside = 'grey'): AffineMap {
  const [a, b, c, d, e, f] = matrix;
  const before = data.slice();
  let o = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += 3) {
      let u = a * (x + 0.5) + b * (y + 0.5) + c;
      let v = d * (x + 0.5) + e * (y + 0.5) + f;
      if (outside === 'edge') {
        u = Math.max(0.5, Math.min(width - 0.5, u));
        v = Math.max(0.5, Math.min(height - 0.5, v));
      } else if (!(u >= 0 && u < width && v >= 0 && v < height)) {
        data[o] = FILL;
        data[o + 1] = FILL;
        data[o + 2] = FILL;
        continue;
      }
      const left = Math.floor(u - 0.5);
      const top = Math.floor(v - 0.5);
      const dx = u - 0.5 - left;
      const dy = v - 0.5 - top;
      const x0 = Math.max(0, left) * 3;
      const x1 = Math.min(width - 1, left + 1) * 3;
      const row0 = Math.max(0, top) * width * 3;
      const row1 = Math.min(height - 1, top + 1) * width * 3;
      for (let k = 0; k < 3; k++) {
        const p = before[row0 + x0 + k]!;
        const q = before[row1 + x0 + k]!;
        const upper = p + (before[row0 + x1 + k]! - p) * dx;
        const lower = q + (before[row1 + x1 + k]! - q) * dx;
        data[o + k] = upper + (lower - upper) * dy;
      }
    }
  }
  return matrix;
}

/** Rotates about the middle, counter-clockwise; returns where output points are read. */
export function rotate(picture: Image, degrees: number, outside?: Outside): AffineMap {
  const angle = (-degrees * Math.PI) / 180;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const x = picture.width / 2;
  const y = picture.height / 2;
  return affine(picture, [cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y], outside);
}
