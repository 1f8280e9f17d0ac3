import type { Taps } from './resize-taps.ts';

/** Weights are whole numbers of 2^-22. */
export const BITS = 22;
/** One half, so that the shift at the end rounds. */
const HALF = 1 << (BITS - 1);

let sums = new Int32Array(0);

/** `data[start]` is the source pixel `left` of the first row. */
export function horizontal(
  data: Uint8ClampedArray,
  start: number,
  stride: number,
  rows: number,
  left: number,
  taps: Taps,
  out: Uint8ClampedArray,
): void {
  if (taps.size === 4) {
    horizontalFour(data, start - left * 3, stride, rows, taps, out);
    return;
  }
  const { size, first, weights } = taps;
  const columns = first.length;
  let o = 0;
  for (let y = 0; y < rows; y++) {
    const row = start + y * stride - left * 3;
    let k = 0;
    for (let x = 0; x < columns; x++) {
      let p = row + first[x]! * 3;
      let r = HALF;
      let g = HALF;
      let b = HALF;
      const end = k + size;
      for (; k + 4 <= end; k += 4, p += 12) {
        const w0 = weights[k]!;
        const w1 = weights[k + 1]!;
        const w2 = weights[k + 2]!;
        const w3 = weights[k + 3]!;
        r = (r + Math.imul(data[p]!, w0) + Math.imul(data[p + 3]!, w1)) | 0;
        r = (r + Math.imul(data[p + 6]!, w2) + Math.imul(data[p + 9]!, w3)) | 0;
        g = (g + Math.imul(data[p + 1]!, w0) + Math.imul(data[p + 4]!, w1)) | 0;
        g = (g + Math.imul(data[p + 7]!, w2) + Math.imul(data[p + 10]!, w3)) | 0;
        b = (b + Math.imul(data[p + 2]!, w0) + Math.imul(data[p + 5]!, w1)) | 0;
        b = (b + Math.imul(data[p + 8]!, w2) + Math.imul(data[p + 11]!, w3)) | 0;
      }
      for (; k < end; k++, p += 3) {
        const w = weights[k]!;
        r = (r + Math.imul(data[p]!, w)) | 0;
        g = (g + Math.imul(data[p + 1]!, w)) | 0;
        b = (b + Math.imul(data[p + 2]!, w)) | 0;
      }
      out[o] = r >> BITS;
      out[o + 1] = g >> BITS;
      out[o + 2] = b >> BITS;
      o += 3;
    }
  }
}

/** How many rows `horizontalFour` takes together: few enough to stay in the processor's cache. */
const BLOCK = 32;

/** The same for exactly four taps, the usual case of bilinear down to half: column by column, the weights in registers. */
function horizontalFour(
  data: Uint8ClampedArray,
  start: number,
  stride: number,
  rows: number,
  { first, weights }: Taps,
  out: Uint8ClampedArray,
): void {
  const columns = first.length;
  for (let top = 0; top < rows; top += BLOCK) {
    const bottom = Math.min(rows, top + BLOCK);
    for (let x = 0; x < columns; x++) {
      const w0 = weights[x * 4]!;
      const w1 = weights[x * 4 + 1]!;
      const w2 = weights[x * 4 + 2]!;
      const w3 = weights[x * 4 + 3]!;
      let p = start + top * stride + first[x]! * 3;
      let o = (top * columns + x) * 3;
      for (let y = top; y < bottom; y++) {
        const r = (HALF + Math.imul(data[p]!, w0) + Math.imul(data[p + 3]!, w1)) | 0;
        const g = (HALF + Math.imul(data[p + 1]!, w0) + Math.imul(data[p + 4]!, w1)) | 0;
        const b = (HALF + Math.imul(data[p + 2]!, w0) + Math.imul(data[p + 5]!, w1)) | 0;
        out[o] = (r + Math.imul(data[p + 6]!, w2) + Math.imul(data[p + 9]!, w3)) >> BITS;
        out[o + 1] = (g + Math.imul(data[p + 7]!, w2) + Math.imul(data[p + 10]!, w3)) >> BITS;
        out[o + 2] = (b + Math.imul(data[p + 8]!, w2) + Math.imul(data[p + 11]!, w3)) >> BITS;
        p += stride;
        o += columns * 3;
      }
    }
  }
}

/** `data[start]` begins source row `top`. Four taps at a time into a row of sums: the weights stay in registers. */
export function vertical(
  data: Uint8ClampedArray,
  start: number,
  stride: number,
  length: number,
  top: number,
  taps: Taps,
  out: Uint8ClampedArray,
): void {
  if (taps.size === 4) {
    verticalFour(data, start, stride, length, top, taps, out);
    return;
  }
  const { size, first, weights } = taps;
  if (sums.length < length) sums = new Int32Array(length);
  const sum = sums;
  for (let y = 0; y < first.length; y++) {
    let row = start + (first[y]! - top) * stride;
    let k = y * size;
    const end = k + size;
    sum.fill(HALF);
    for (; k + 4 <= end; k += 4, row += 4 * stride) {
      const w0 = weights[k]!;
      const w1 = weights[k + 1]!;
      const w2 = weights[k + 2]!;
      const w3 = weights[k + 3]!;
      for (let x = 0, p = row; x < length; x++, p++) {
        const low = (Math.imul(data[p]!, w0) + Math.imul(data[p + stride]!, w1)) | 0;
        const high = (Math.imul(data[p + 2 * stride]!, w2) + Math.imul(data[p + 3 * stride]!, w3)) | 0;
        sum[x] = sum[x]! + low + high;
      }
    }
    for (; k < end; k++, row += stride) {
      const w = weights[k]!;
      for (let x = 0; x < length; x++) sum[x] = sum[x]! + Math.imul(data[row + x]!, w);
    }
    for (let x = 0, o = y * length; x < length; x++, o++) out[o] = sum[x]! >> BITS;
  }
}

/** The same for exactly four taps, the usual case of bilinear down to half, without the row of sums. */
function verticalFour(
  data: Uint8ClampedArray,
  start: number,
  stride: number,
  length: number,
  top: number,
  taps: Taps,
  out: Uint8ClampedArray,
): void {
  const { first, weights } = taps;
  let o = 0;
  for (let y = 0; y < first.length; y++) {
    const w0 = weights[y * 4]!;
    const w1 = weights[y * 4 + 1]!;
    const w2 = weights[y * 4 + 2]!;
    const w3 = weights[y * 4 + 3]!;
    let p0 = start + (first[y]! - top) * stride;
    let p1 = p0 + stride;
    let p2 = p1 + stride;
    let p3 = p2 + stride;
    for (let x = 0; x < length; x++) {
      const low = (HALF + Math.imul(data[p0++]!, w0) + Math.imul(data[p1++]!, w1)) | 0;
      const high = (Math.imul(data[p2++]!, w2) + Math.imul(data[p3++]!, w3)) | 0;
      out[o++] = (low + high) >> BITS;
    }
  }
}
