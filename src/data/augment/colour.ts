import type { Image } from '../image.ts';

/*
 * Colour operations on the bytes of a picture, in place, with the arithmetic of Pillow's ImageEnhance: each one blends
 * the picture with a degenerate version of itself (black, its mean grey, its grey version), truncating to bytes.
 */

/** Luma as Pillow's convert('L'): ITU-R 601 in 16-bit fixed point. */
function luma(data: Uint8Array, i: number): number {
  return (data[i]! * 19595 + data[i + 1]! * 38470 + data[i + 2]! * 7471 + 0x8000) >> 16;
}

/** `from + factor · (to - from)` in float32, clipped, truncated. */
function blend(from: number, to: number, factor: number): number {
  const v = Math.fround(from + Math.fround(factor * (to - from)));
  return v <= 0 ? 0 : v >= 255 ? 255 : Math.trunc(v);
}

/** Replaces every value by `table[value]`. */
export function lookUp({ data }: Image, table: Uint8Array): void {
  for (let i = 0; i < data.length; i++) data[i] = table[data[i]!]!;
}

/** A table of the 256 values of `f`. */
export function tableOf(f: (value: number) => number): Uint8Array {
  const table = new Uint8Array(256);
  for (let v = 0; v < 256; v++) table[v] = f(v);
  return table;
}

/** Brightness times `factor`. */
export function brightness(picture: Image, factor: number): void {
  const f = Math.fround(factor);
  lookUp(
    picture,
    tableOf((v) => blend(0, v, f)),
  );
}

/** Contrast about the mean grey times `factor`. */
export function contrast(picture: Image, factor: number): void {
  const { data } = picture;
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += luma(data, i);
  const mean = Math.trunc(sum / (data.length / 3) + 0.5);
  const f = Math.fround(factor);
  lookUp(
    picture,
    tableOf((v) => blend(mean, v, f)),
  );
}

/** Saturation times `factor`: 0 is grey. */
export function saturation({ data }: Image, factor: number): void {
  const f = Math.fround(factor);
  for (let i = 0; i < data.length; i += 3) {
    const grey = luma(data, i);
    data[i] = blend(grey, data[i]!, f);
    data[i + 1] = blend(grey, data[i + 1]!, f);
    data[i + 2] = blend(grey, data[i + 2]!, f);
  }
}

/** Turns the colour circle by `turn` (1 is once around), keeping the HSV saturation and value. */
export function hue({ data }: Image, turn: number): void {
  const shift = (((turn % 1) + 1) % 1) * 6;
  for (let i = 0; i < data.length; i += 3) {
    const r = data[i]!;
    const g = data[i + 1]!;
    const b = data[i + 2]!;
    const max = Math.max(r, g, b);
    const range = max - Math.min(r, g, b);
    if (range === 0) continue;
    let sixth = max === r ? (g - b) / range : max === g ? 2 + (b - r) / range : 4 + (r - g) / range;
    sixth = (sixth + shift + 6) % 6;
    data[i] = Math.round(max - range * trapezium(sixth + 5));
    data[i + 1] = Math.round(max - range * trapezium(sixth + 3));
    data[i + 2] = Math.round(max - range * trapezium(sixth + 1));
  }
}

/** How much of the range a channel lacks, by its distance on the circle of six. */
function trapezium(k: number): number {
  const t = k % 6;
  return Math.max(0, Math.min(t, 4 - t, 1));
}

/** Blends with a 3×3 smoothing (weights 1, centre 5): below 1 blurs, above 1 sharpens. The outermost pixels stay. */
export function sharpness({ width, height, data }: Image, factor: number): void {
  const f = Math.fround(factor);
  const before = data.slice();
  const row = width * 3;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * row + 3; i < (y + 1) * row - 3; i++) {
      const around =
        before[i - row - 3]! +
        before[i - row]! +
        before[i - row + 3]! +
        before[i - 3]! +
        before[i + 3]! +
        before[i + row - 3]! +
        before[i + row]! +
        before[i + row + 3]!;
      const smooth = Math.trunc((around + 5 * before[i]!) / 13 + 0.5);
      data[i] = blend(smooth, before[i]!, f);
    }
  }
}
