import { open, readFile } from 'node:fs/promises';
import sharp, { type SharpOptions } from 'sharp';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { decodeBmp } from '../bmp.ts';
import { type Background, type Image, ImageError, image } from '../image.ts';
import { extensionFits, extensionOf, type ImageFormat, imageFormat } from '../sniff.ts';

// One thread for each picture: training pictures are small, and several are decoded side by side anyway.
sharp.concurrency(1);
sharp.cache(false);

/** What is accepted, and how transparency is resolved. */
export interface DecodeOptions {
  /** Most pixels a picture may have; more is taken for a decompression bomb. */
  readonly maxPixels: number;
  /** Most bytes a file may have. */
  readonly maxBytes: number;
  /** What shows through transparent pixels. */
  readonly background: Background;
}

export const decodeDefaults: DecodeOptions = { maxPixels: 64_000_000, maxBytes: 256_000_000, background: 'white' };

/** A decoded picture and what was noticed about its file. */
export interface Decoded {
  readonly image: Image;
  /** Something odd that does not prevent its use: a wrong extension, values that fill only part of 16 bits. */
  readonly note?: string;
}

/**
 * Decodes a picture from a file or from bytes to 8-bit RGB: turned upright as its EXIF says, grey and palettes
 * expanded, 16 bits cut to the upper 8, transparency on a background, CMYK converted. Colour profiles of RGB pictures
 * are ignored, as Pillow and timm ignore them. The format is told by content, never by name. JPEG, PNG, WebP, GIF (first
 * frame), TIFF (first page, whole numbers), AVIF and uncompressed BMP are read.
 * @throws ImageError with `fault` missing, empty, not-an-image, unsupported, broken, too-many-pixels or too-many-bytes
 */
export async function decodeImage(source: string | Uint8Array, options: Partial<DecodeOptions> = {}): Promise<Image> {
  return (await decodeNoted(source, options)).image;
}

/** The same, together with what was noticed about the file. */
export async function decodeNoted(source: string | Uint8Array, options: Partial<DecodeOptions> = {}): Promise<Decoded> {
  const settings = { ...decodeDefaults, ...options };
  const bytes = typeof source === 'string' ? await read(source, settings.maxBytes) : source;
  if (bytes.length === 0) throw new ImageError('empty', 'the file is empty (0 bytes)');
  if (bytes.length > settings.maxBytes) throw tooManyBytes(bytes.length, settings.maxBytes);
  const format = imageFormat(bytes);
  if (!format) throw new ImageError('not-an-image', `${describe(bytes)}: no picture format that can be read`);
  const decoded: Decoded =
    format === 'bmp' ? { image: decodeBmp(bytes, settings.maxPixels) } : await decodeWithSharp(bytes, format, settings);
  if (typeof source !== 'string' || extensionFits(source, format)) return decoded;
  const misnamed = `is ${format.toUpperCase()} but named ${extensionOf(source) ? `.${extensionOf(source)}` : 'without extension'}`;
  return { ...decoded, note: decoded.note ? `${misnamed}; ${decoded.note}` : misnamed };
}

async function read(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size > maxBytes) throw tooManyBytes(size, maxBytes);
      return await readFile(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof YosegiError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ImageError('missing', code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`);
  }
}

function tooManyBytes(size: number, limit: number): ImageError {
  return new ImageError('too-many-bytes', `the file has ${megabytes(size)}; the limit is ${megabytes(limit)}`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** A few words on what a file that is no picture seems to be. */
function describe(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 200)).toString('latin1').trimStart().toLowerCase();
  if (start.startsWith('<svg') || (start.startsWith('<?xml') && start.includes('<svg'))) return 'SVG drawing';
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return 'web page';
  if (start.startsWith('%pdf')) return 'PDF';
  if (start.startsWith('pk\u0003\u0004')) return 'ZIP archive';
  return 'content unknown';
}

async function decodeWithSharp(bytes: Uint8Array, format: ImageFormat, options: DecodeOptions): Promise<Decoded> {
  const { maxPixels, background } = options;
  const input = { failOn: 'error', limitInputPixels: maxPixels, ignoreIcc: true } as const;
  try {
    const deep = await depthOf(bytes, format, input);
    const { data, info } = await sharp(bytes, input)
      .autoOrient()
      .flatten({ background: background === 'white' ? '#ffffff' : '#000000' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new ImageError('unsupported', `${info.channels} channels after decoding`);
    const own = data.length === data.buffer.byteLength;
    const pixels = own ? new Uint8Array(data.buffer) : Uint8Array.from(data);
    const note =
      deep && pixels.every((v) => v < 16) ? 'has 16-bit values below 4096 and so is nearly black' : undefined;
    return { image: image(info.width, info.height, pixels), note };
  } catch (error) {
    throw error instanceof ImageError ? error : translate(error, bytes, format, maxPixels);
  }
}

/** Whether samples have 16 bits; refuses the number types that have no fixed black and white. */
async function depthOf(bytes: Uint8Array, format: ImageFormat, input: SharpOptions): Promise<boolean> {
  if (format === 'png') return bytes[24] === 16;
  if (format !== 'tiff') return false;
  const { depth } = await sharp(bytes, input).metadata();
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw new ImageError('unsupported', `TIFF of ${depth} samples; convert it to 8 or 16 bits`);
  }
  return depth === 'ushort';
}

/**
 * Why libvips failed, told from the file itself: libvips keeps its messages in one place for all threads, so that of
 * one broken picture can turn up at another that is decoded at the same time.
 */
function translate(error: unknown, bytes: Uint8Array, format: ImageFormat, maxPixels: number): ImageError {
  if (/pixel limit/i.test(messageOf(error))) {
    return new ImageError(
      'too-many-pixels',
      `more than ${(maxPixels / 1e6).toFixed(0)} megapixels (decompression bomb?)`,
    );
  }
  if (format === 'heif' && /hei[cx]/.test(Buffer.from(bytes.subarray(8, 32)).toString('latin1'))) {
    return new ImageError('unsupported', 'HEIC cannot be decoded here; convert it to JPEG or PNG');
  }
  if (endsEarly(bytes, format)) return new ImageError('broken', 'cut short: the end of the file is missing');
  return new ImageError('broken', `damaged, or of a kind of ${format.toUpperCase()} that cannot be read`);
}

/** Whether a file lacks the mark that its format ends with. */
function endsEarly(bytes: Uint8Array, format: ImageFormat): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = file.subarray(-4096);
  if (format === 'jpeg') return !end.includes('\xff\xd9', 0, 'latin1');
  if (format === 'png') return !end.includes('IEND', 0, 'latin1');
  if (format === 'webp') return file.length < 12 || file.readUInt32LE(4) + 8 > file.length;
  return format === 'gif' && file.at(-1) !== 0x3b;
}
