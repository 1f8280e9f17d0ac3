import type { Box } from '../resize/resize.ts';
import type { ImageFormat } from './sniff.ts';
import { tiffTags } from './tiff.ts';

/** What the first bytes of a picture say, before it is decoded. */
export interface Header {
  readonly width: number;
  readonly height: number;
  /** Of a JPEG: 1 grey, 3 colours, 4 inks. */
  readonly components?: number;
}

/** Size and kind from the bytes of a picture; undefined where the format keeps them elsewhere, or the file is damaged. */
export function headerOf(bytes: Uint8Array, format: ImageFormat): Header | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (format === 'png' && bytes.length >= 24) return { width: view.getUint32(16), height: view.getUint32(20) };
  if (format === 'gif' && bytes.length >= 10)
    return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (format === 'bmp' && bytes.length >= 26) {
    if (bytes[14] === 12) return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
    return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
  }
  if (format === 'tiff') return tiffTags(bytes);
  if (format === 'webp') return webpHeader(bytes, view);
  if (format === 'heif') return heifHeader(bytes, view);
  return format === 'jpeg' ? jpegHeader(bytes, view) : undefined;
}

/** The first chunk of a WebP: extended, lossless or lossy (RFC 9649). */
function webpHeader(bytes: Uint8Array, view: DataView): Header | undefined {
  if (bytes.length < 30) return undefined;
  const kind = String.fromCharCode(...bytes.subarray(12, 16));
  if (kind === 'VP8X') {
    return { width: 1 + (view.getUint32(24, true) & 0xffffff), height: 1 + (view.getUint32(26, true) >>> 8) };
  }
  if (kind === 'VP8L') {
    const both = view.getUint32(21, true);
    return { width: 1 + (both & 0x3fff), height: 1 + ((both >>> 14) & 0x3fff) };
  }
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

/** The largest of the sizes that the boxes 'ispe' of an AVIF or HEIF state: its tiles are smaller than the picture. */
function heifHeader(bytes: Uint8Array, view: DataView): Header | undefined {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 65_536));
  let largest: Header | undefined;
  for (let at = text.indexOf('ispe'); at >= 0 && at + 16 <= bytes.length; at = text.indexOf('ispe', at + 4)) {
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (!largest || size.width * size.height > largest.width * largest.height) largest = size;
  }
  return largest;
}

/** Walks from segment to segment up to the one that begins a frame (ITU-T T.81, B.2.2). */
function jpegHeader(bytes: Uint8Array, view: DataView): Header | undefined {
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    // Filling bytes, and markers that stand alone.
    if (marker === 0xff) at++;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), components: bytes[at + 9] };
    } else at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** Where the first frame of a GIF lies on its canvas (GIF89a, section 20), and whether it has colours; undefined when there is none. */
export function firstFrame(bytes: Uint8Array): (Box & { readonly colours: boolean }) | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = bytes[10] ?? 0;
  let at = 13 + (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  // Extensions before it: a label, then blocks that begin with their length, the last of length 0.
  while (bytes[at] === 0x21) {
    for (at += 2; at < bytes.length && bytes[at] !== 0; ) at += 1 + bytes[at]!;
    at++;
  }
  if (bytes[at] !== 0x2c || at + 9 > bytes.length) return undefined;
  const [x, y, width, height] = [1, 3, 5, 7].map((k) => view.getUint16(at + k, true)) as [
    number,
    number,
    number,
    number,
  ];
  const colours = ((flags | bytes[at + 9]!) & 0x80) !== 0;
  return { x, y, width, height, colours };
}
