import { inflateSync } from 'node:zlib';
import sharp from 'sharp';
import type { ImageFormat } from '../formats/sniff.ts';
import { ImageError } from '../image.ts';
import { pngChunks } from './png-chunks.ts';

/** Formats that carry XMP in plain bytes. */
const withXmp = new Set<ImageFormat>(['jpeg', 'png', 'webp']);

/**
 * Refuses a picture that says only where libvips does not look that it is to be turned: in XMP, in a PNG's eXIf behind the pixels, or in
 * the text that ImageMagick puts EXIF in. Pillow's `exif_transpose` would turn it; as its rows lie it would be shown on its side.
 * @throws ImageError with fault 'unsupported'
 */
export async function checkTurned(bytes: Uint8Array, format: ImageFormat): Promise<void> {
  if (!withXmp.has(format)) return;
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const said = (format === 'png' && fromPng(file)) || fromXmp(file);
  if (!said || said === 1) return;
  const known = await sharp(bytes).metadata();
  // Where EXIF says something, it counts.
  if (known.orientation !== undefined) return;
  throw new ImageError(
    'unsupported',
    `it is to be turned (orientation ${said}), and says so only in XMP or behind its pixels: open it and save it upright`,
  );
}

/** `tiff:Orientation`, as an attribute or an element. */
function fromXmp(file: Buffer): number | undefined {
  const at = file.indexOf('tiff:Orientation');
  if (at < 0) return undefined;
  const hit = /^tiff:Orientation(?:\s*=\s*["']|\s*>\s*)([1-8])\b/.exec(file.toString('latin1', at, at + 40));
  return hit ? Number(hit[1]) : undefined;
}

/** From the chunks of a PNG that hold EXIF. */
function fromPng(file: Buffer): number | undefined {
  for (const { kind, data } of pngChunks(file)) {
    const exif = kind === 'eXIf' ? data : kind === 'zTXt' || kind === 'tEXt' ? rawProfile(kind, data) : undefined;
    const found = exif && orientationIn(exif);
    if (found) return found;
  }
  return undefined;
}

const PROFILE = 'Raw profile type exif\0';

/** EXIF in hexadecimal digits, as ImageMagick writes it: a name, a length, then the digits. */
function rawProfile(kind: 'zTXt' | 'tEXt', data: Buffer): Buffer | undefined {
  if (!data.subarray(0, PROFILE.length).equals(Buffer.from(PROFILE, 'latin1'))) return undefined;
  const rest = data.subarray(PROFILE.length);
  try {
    const text = kind === 'tEXt' ? rest : inflateSync(rest.subarray(1), { maxOutputLength: 1 << 22 });
    const digits = /^\s*\w+\s+\d+\s+([0-9a-f\s]+)/i.exec(text.toString('latin1'))?.[1];
    return digits === undefined ? undefined : Buffer.from(digits.replace(/\s/g, ''), 'hex');
  } catch {
    return undefined;
  }
}

/** Tag 0x0112 of the first directory of EXIF data; undefined where there is none, or the data is broken. */
function orientationIn(data: Buffer): number | undefined {
  const tiff = data.toString('latin1', 0, 4) === 'Exif' ? data.subarray(6) : data;
  if (tiff.length < 14) return undefined;
  const little = tiff[0] === 0x49;
  const short = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const first = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (first + 2 > tiff.length) return undefined;
  for (let i = 0; i < short(first); i++) {
    const at = first + 2 + 12 * i;
    if (at + 12 > tiff.length) return undefined;
    if (short(at) === 0x0112) return short(at + 8);
  }
  return undefined;
}
