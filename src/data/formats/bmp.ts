import { type Background, type Image, ImageError, image } from '../image.ts';
import { unpackRuns } from './bmp-runs.ts';

/**
 * Decodes a Windows bitmap (what old cameras write; sharp does not read it): 1, 4, 8, 16, 24 or 32 bits a pixel, plain or in
 * runs. A fourth byte counts only where a mask declares it as alpha. Our own: the packages for it (bmp-ts, bmp-js, fast-bmp) read
 * a part of these, take alpha that is none, and believe any size a header states.
 * @throws ImageError when it is broken, holds a JPEG or PNG, or has more than `maxPixels`
 */
export function decodeBmp(bytes: Uint8Array, maxPixels: number, background: Background = 'white'): Image {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = bytes.length < 18 ? 0 : view.getUint32(14, true);
  const old = header === 12;
  if (!old && header < 40) throw new ImageError('broken', 'the bitmap has no known header');
  // Colour masks follow a short header.
  if (bytes.length < Math.max(14 + header, old ? 26 : 66)) {
    throw new ImageError('broken', 'the bitmap ends within its header');
  }
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  const rows = old ? view.getUint16(20, true) : view.getInt32(22, true);
  const height = Math.abs(rows);
  const bits = view.getUint16(old ? 24 : 28, true);
  const compression = old ? 0 : view.getUint32(30, true);
  if (width <= 0 || height === 0) throw new ImageError('broken', `the bitmap states a size of ${width}×${rows}`);
  if (width * height > maxPixels) {
    throw new ImageError('too-many-pixels', `${width}×${height} pixels; the limit is ${maxPixels}`);
  }
  const masked = (compression === 3 || compression === 6) && bits >= 16;
  const runs = (compression === 1 && bits === 8) || (compression === 2 && bits === 4);
  if (!(compression === 0 || masked || runs) || ![1, 4, 8, 16, 24, 32].includes(bits)) {
    throw new ImageError(
      'unsupported',
      `a bitmap of ${bits} bits with compression ${compression} cannot be read; save it as PNG`,
    );
  }
  const start = view.getUint32(10, true);
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (!runs && start + stride * height > bytes.length) {
    throw new ImageError('broken', `the bitmap is cut short: ${bytes.length} of ${start + stride * height} bytes`);
  }
  // A short header has room for a fourth mask only where the compression says so.
  const hasAlpha = masked && bits === 32 && (header >= 56 || (compression === 6 && bytes.length >= 70));
  const out = image(width, height);
  if (runs) {
    // One byte a pixel, whatever the runs are packed as; rows from the bottom as ever.
    const numbers = unpackRuns(bytes.subarray(start), width, height, bits);
    const read = palette(numbers, bytes, view, header, bits, 8);
    for (let y = 0, o = 0; y < height; y++) {
      for (let x = 0; x < width; x++, o += 3) read((rows > 0 ? height - 1 - y : y) * width, x, out.data, o);
    }
    return out;
  }
  const read =
    bits <= 8
      ? palette(bytes, bytes, view, header, bits, bits)
      : direct(bytes, view, bits, masked, hasAlpha, background);
  for (let y = 0, o = 0; y < height; y++) {
    const row = start + (rows > 0 ? height - 1 - y : y) * stride;
    for (let x = 0; x < width; x++, o += 3) read(row, x, out.data, o);
  }
  return out;
}

type PixelReader = (row: number, x: number, out: Uint8Array, o: number) => void;

/** Pixels that are numbers of colours: `packed` holds them, each in so many `bits`; the table of 2^`deep` colours is in the file. */
function palette(
  packed: Uint8Array,
  bytes: Uint8Array,
  view: DataView,
  header: number,
  deep: number,
  bits: number,
): PixelReader {
  const entry = header === 12 ? 3 : 4;
  const stated = header === 12 ? 0 : view.getUint32(46, true);
  const colours = Math.min(stated || 2 ** deep, 2 ** deep);
  const table = 14 + header;
  const mask = 2 ** bits - 1;
  return (row, x, out, o) => {
    const at = x * bits;
    const index = (packed[row + (at >> 3)]! >> (8 - bits - (at & 7))) & mask;
    if (index >= colours) throw new ImageError('broken', `colour ${index} of a palette of ${colours}`);
    const p = table + index * entry;
    out[o] = bytes[p + 2]!;
    out[o + 1] = bytes[p + 1]!;
    out[o + 2] = bytes[p]!;
  };
}

/** Pixels that hold their colour: blue, green, red bytes, or the bits that masks name. */
function direct(
  bytes: Uint8Array,
  view: DataView,
  bits: number,
  masked: boolean,
  hasAlpha: boolean,
  background: Background,
): PixelReader {
  const step = bits / 8;
  if (!masked && bits >= 24) {
    return (row, x, out, o) => {
      const p = row + x * step;
      out[o] = bytes[p + 2]!;
      out[o + 1] = bytes[p + 1]!;
      out[o + 2] = bytes[p]!;
    };
  }
  const masks = masked ? [54, 58, 62].map((at) => view.getUint32(at, true)) : [0x7c00, 0x03e0, 0x001f];
  const parts = masks.map(partOf);
  const alpha = hasAlpha ? view.getUint32(66, true) : 0;
  if (alpha !== 0) return overlaid(view, [...masks, alpha], step, background);
  return (row, x, out, o) => {
    const p = row + x * step;
    const value = bits === 16 ? view.getUint16(p, true) : view.getUint32(p, true);
    parts.forEach(({ mask, shift, most }, c) => {
      out[o + c] = Math.trunc((((value & mask) >>> shift) * 255) / most);
    });
  };
}

/** Which bits of a pixel a mask names. */
function partOf(mask: number): { mask: number; shift: number; most: number } {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  return { mask, shift, most: mask >>> shift || 1 };
}

/** Pixels of 32 bits with alpha, over the background. */
function overlaid(view: DataView, masks: readonly number[], step: number, background: Background): PixelReader {
  const parts = masks.map(partOf);
  const under = background === 'white' ? 255 : 0;
  return (row, x, out, o) => {
    const value = view.getUint32(row + x * step, true);
    const [red, green, blue, opaque] = parts.map(({ mask, shift, most }) =>
      Math.trunc((((value & mask) >>> shift) * 255) / most),
    ) as [number, number, number, number];
    [red, green, blue].forEach((v, c) => {
      out[o + c] = Math.round((v * opaque + under * (255 - opaque)) / 255);
    });
  };
}
