import type { Box } from './resize.ts';
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
  return format === 'jpeg' ? jpegHeader(bytes, view) : undefined;
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

/** Where the first frame of a GIF lies on its canvas (GIF89a, section 20); undefined when there is none. */
export function firstFrame(bytes: Uint8Array): Box | undefined {
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
  return { x, y, width, height };
}
