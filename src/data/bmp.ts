import { type Image, ImageError, image } from './image.ts';

/**
 * Decodes a Windows bitmap (what old cameras write; sharp does not read it): 1, 4, 8, 16, 24 or 32 bits a pixel, not
 * compressed. A fourth byte is ignored.
 * @throws ImageError when it is broken, compressed, or has more than `maxPixels`
 */
export function decodeBmp(bytes: Uint8Array, maxPixels: number): Image {
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
  const plain = compression === 0 || (compression === 3 && bits >= 16);
  if (!plain || ![1, 4, 8, 16, 24, 32].includes(bits)) {
    throw new ImageError(
      'unsupported',
      `a bitmap of ${bits} bits with compression ${compression} cannot be read; save it as PNG`,
    );
  }
  const start = view.getUint32(10, true);
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (start + stride * height > bytes.length) {
    throw new ImageError('broken', `the bitmap is cut short: ${bytes.length} of ${start + stride * height} bytes`);
  }
  const out = image(width, height);
  const read = bits <= 8 ? palette(bytes, view, header, bits) : direct(bytes, view, bits, compression === 3);
  for (let y = 0, o = 0; y < height; y++) {
    const row = start + (rows > 0 ? height - 1 - y : y) * stride;
    for (let x = 0; x < width; x++, o += 3) read(row, x, out.data, o);
  }
  return out;
}

type PixelReader = (row: number, x: number, out: Uint8Array, o: number) => void;

/** Pixels that are numbers of colours. */
function palette(bytes: Uint8Array, view: DataView, header: number, bits: number): PixelReader {
  const entry = header === 12 ? 3 : 4;
  const stated = header === 12 ? 0 : view.getUint32(46, true);
  const colours = Math.min(stated || 2 ** bits, 2 ** bits);
  const table = 14 + header;
  const mask = 2 ** bits - 1;
  return (row, x, out, o) => {
    const at = x * bits;
    const index = (bytes[row + (at >> 3)]! >> (8 - bits - (at & 7))) & mask;
    if (index >= colours) throw new ImageError('broken', `colour ${index} of a palette of ${colours}`);
    const p = table + index * entry;
    out[o] = bytes[p + 2]!;
    out[o + 1] = bytes[p + 1]!;
    out[o + 2] = bytes[p]!;
  };
}

/** Pixels that hold their colour: blue, green, red bytes, or the bits that masks name. */
function direct(bytes: Uint8Array, view: DataView, bits: number, masked: boolean): PixelReader {
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
  const parts = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { mask, shift, most: mask >>> shift || 1 };
  });
  return (row, x, out, o) => {
    const p = row + x * step;
    const value = bits === 16 ? view.getUint16(p, true) : view.getUint32(p, true);
    parts.forEach(({ mask, shift, most }, c) => {
      out[o + c] = Math.trunc((((value & mask) >>> shift) * 255) / most);
    });
  };
}
