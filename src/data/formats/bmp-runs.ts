import { ImageError } from '../image.ts';

/**
 * The numbers of colours of a bitmap in runs (RLE8, RLE4), one byte a pixel, rows as the file has them. Pixels that are jumped
 * over have number 0.
 * @throws ImageError when the file ends before the picture does
 */
export function unpackRuns(bytes: Uint8Array, width: number, height: number, bits: number): Uint8Array {
  const out = new Uint8Array(width * height);
  let x = 0;
  let y = 0;
  /** Pixels beyond the right edge are dropped, as every reader does. */
  const put = (value: number) => {
    if (x < width && y < height) out[y * width + x] = value;
    x++;
  };
  for (let at = 0; y < height; ) {
    if (at + 1 >= bytes.length) throw new ImageError('broken', 'the bitmap is cut short: its runs do not end');
    const [count, value] = [bytes[at]!, bytes[at + 1]!];
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(bits === 8 ? value : i % 2 === 0 ? value >> 4 : value & 15);
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      x += bytes[at] ?? 0;
      y += bytes[at + 1] ?? 0;
      at += 2;
    } else {
      const length = Math.ceil((value * bits) / 8);
      if (at + length > bytes.length) throw new ImageError('broken', 'the bitmap is cut short: its runs do not end');
      for (let i = 0; i < value; i++) {
        const byte = bytes[at + ((i * bits) >> 3)]!;
        put(bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15);
      }
      at += length + (length % 2);
    }
  }
  return out;
}
