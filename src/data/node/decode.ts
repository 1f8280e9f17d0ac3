import sharp from 'sharp';
import { messageOf } from '../../base/errors.ts';
import { FOREIGN_HEAD, foreignText } from '../../base/foreign.ts';
import { megabytes, openRegular, RefusedFile, readOpened } from '../../base/node/bounded.ts';
import { type Colour, fillBox } from '../draw.ts';
import { decodeBmp } from '../formats/bmp.ts';
import { fromInks, fromYcc, overBackground } from '../formats/colours.ts';
import { firstFrame, headerOf } from '../formats/header.ts';
import { extensionFits, extensionOf, type ImageFormat, imageFormat, unreadFormat } from '../formats/sniff.ts';
import { type TiffPlan, tiffPlan, tiffTags } from '../formats/tiff.ts';
import { type Background, type Image, ImageError, image } from '../image.ts';
import type { Box } from '../resize/resize.ts';
import { pictureMemory } from './picture-memory.ts';

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
 * expanded, 16 bits cut to the upper 8, transparency on a background, inks (CMYK, YCCK) converted plainly. Colour profiles
 * and gamma are ignored, as Pillow and timm ignore them. The format is told by content, never by name. JPEG, PNG, WebP,
 * GIF (the first frame on its canvas; the background shows beside it), TIFF (first page, whole numbers, samples beyond the
 * colour only where they are alpha), AVIF and BMP are read; the pixels are Pillow's (pictures.py in reference/data).
 * @throws ImageError with `fault` missing, empty, not-an-image, unsupported, broken, too-many-pixels or too-many-bytes
 */
export async function decodeImage(source: string | Uint8Array, options: Partial<DecodeOptions> = {}): Promise<Image> {
  return (await decodeNoted(source, options)).image;
}

/** The same, together with what was noticed about the file. */
export async function decodeNoted(source: string | Uint8Array, options: Partial<DecodeOptions> = {}): Promise<Decoded> {
  return usePicture(source, options, (decoded) => decoded);
}

/**
 * Decodes a picture and hands it to `use`, whose result is given. Large pictures are decoded, and used, only a few at a time in
 * all threads of the process (see `PictureMemory`): make them small in `use`.
 * @throws ImageError as {@link decodeImage}, and what `use` throws
 */
export async function usePicture<T>(
  source: string | Uint8Array,
  options: Partial<DecodeOptions>,
  use: (decoded: Decoded) => T,
): Promise<T> {
  const settings = { ...decodeDefaults, ...options };
  if (typeof source !== 'string') {
    checkSize(source.length, settings.maxBytes);
    return held(source, source.length, async () => use(await decodeBytes(source, settings)));
  }
  const opened = await openPicture(source, settings.maxBytes);
  try {
    checkSize(opened.size, settings.maxBytes);
    const head = await readOpened({ file: opened.file, size: Math.min(HEAD, opened.size) });
    // What is no picture is not read to its end, however long it is.
    formatOf(head);
    return await held(head, opened.size, async () => {
      const bytes = head.length === opened.size ? head : await readOpened(opened);
      return use(misnamed(source, bytes, await decodeBytes(bytes, settings)));
    });
  } finally {
    await opened.file.close();
  }
}

/** The first bytes of a file, in which nearly all formats say how large the picture is. */
const HEAD = 128 * 1024;

async function openPicture(path: string, maxBytes: number) {
  try {
    return await openRegular(path, maxBytes);
  } catch (error) {
    if (error instanceof RefusedFile) {
      throw new ImageError(error.reason === 'size' ? 'too-many-bytes' : 'not-an-image', error.message);
    }
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ImageError('missing', code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`);
  }
}

function checkSize(size: number, limit: number): void {
  if (size === 0) throw new ImageError('empty', 'the file is empty (0 bytes)');
  if (size <= limit) return;
  throw new ImageError('too-many-bytes', `the file has ${megabytes(size)}; the limit is ${megabytes(limit)}`);
}

function formatOf(bytes: Uint8Array): ImageFormat {
  const format = imageFormat(bytes);
  if (!format) throw new ImageError('not-an-image', describe(bytes));
  return format;
}

/** Does `work` when there is room for a picture whose file has `size` bytes and begins with `head`. */
function held<T>(head: Uint8Array, size: number, work: () => Promise<T>): Promise<T> {
  const format = formatOf(head);
  // Where the size is not known yet (a TIFF may keep its tags at the end), as much as a hardly compressed file unpacks to.
  const header = format === 'tiff' && head.length < size ? undefined : headerOf(head, format);
  const pixels = header ? header.width * header.height : 2 * size;
  return pictureMemory().hold(size + 4 * pixels, work);
}

async function decodeBytes(bytes: Uint8Array, settings: DecodeOptions): Promise<Decoded> {
  const format = formatOf(bytes);
  if (format !== 'bmp') return decodeWithSharp(bytes, format, settings);
  return { image: decodeBmp(bytes, settings.maxPixels, settings.background) };
}

/** Adds a note where a file's name says another format than its bytes. */
function misnamed(path: string, bytes: Uint8Array, decoded: Decoded): Decoded {
  const format = formatOf(bytes);
  if (extensionFits(path, format)) return decoded;
  const named = extensionOf(path) ? `.${extensionOf(path)}` : 'without extension';
  const note = `is ${format.toUpperCase()} but named ${named}`;
  return { ...decoded, note: decoded.note ? `${note}; ${decoded.note}` : note };
}

/** What a file that is no picture we read seems to be, and what to do about it. */
function describe(bytes: Uint8Array): string {
  const other = unreadFormat(bytes);
  if (other) return `it is a ${other} file, which cannot be read here; save it as PNG or JPEG`;
  const known = foreignText(bytes, 'picture');
  if (known) return `no picture: ${known}`;
  return isText(bytes.subarray(0, FOREIGN_HEAD))
    ? 'no picture: it is text. Open it in an editor; it says what it is'
    : 'no picture format that can be read: its first bytes are unknown';
}

/** Whether the first bytes of a file are text: UTF-8 (cut anywhere) without control characters. */
function isText(head: Uint8Array): boolean {
  try {
    return !/(?![\t\n\f\r])\p{Cc}/u.test(new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true }));
  } catch {
    return false;
  }
}

async function decodeWithSharp(bytes: Uint8Array, format: ImageFormat, options: DecodeOptions): Promise<Decoded> {
  const { maxPixels } = options;
  try {
    const header = headerOf(bytes, format);
    const plan = format === 'tiff' ? tiffPlan(tiffTags(bytes)) : undefined;
    const inks = plan?.space === 'cmyk' || (format === 'jpeg' && header?.components === 4);
    let picture: Image;
    if (inks || (plan && plan.space !== 'rgb') || typeof plan?.beyond === 'number') {
      picture = await fromSamples(bytes, options, inks ? 'cmyk' : plan!.space, plan);
    } else picture = await asRgb(bytes, options, plan?.beyond === 'to drop');
    if (format === 'gif') {
      const frame = firstFrame(bytes);
      if (frame?.colours === false)
        throw new ImageError('unsupported', 'a GIF without a table of colours cannot be read');
      clearAround(picture, frame, options.background);
    }
    const deep = plan?.deep ?? (format === 'png' && bytes[24] === 16);
    const note =
      deep && picture.data.every((v) => v < 16) ? 'has 16-bit values below 4096 and so is nearly black' : undefined;
    return { image: picture, note };
  } catch (error) {
    throw error instanceof ImageError ? error : translate(error, bytes, format, maxPixels);
  }
}

/** libvips' picture of the bytes, upright. Colour profiles are ignored. */
function opened(bytes: Uint8Array, { maxPixels }: DecodeOptions) {
  return sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels, ignoreIcc: true }).autoOrient();
}

/** RGB on the background, as libvips converts it; without the samples beyond the colour where they are no alpha. */
async function asRgb(bytes: Uint8Array, options: DecodeOptions, opaque: boolean): Promise<Image> {
  const source = opened(bytes, options);
  const flat = opaque
    ? source.removeAlpha()
    : source.flatten({ background: options.background === 'white' ? '#ffffff' : '#000000' });
  const { data, info } = await flat.toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new ImageError('unsupported', `${info.channels} channels after decoding`);
  return image(info.width, info.height, owned(data));
}

/** RGB from the samples as they are stored, where libvips would take a profile of its own or does not know what they mean. */
async function fromSamples(
  bytes: Uint8Array,
  options: DecodeOptions,
  space: TiffPlan['space'],
  plan: TiffPlan | undefined,
): Promise<Image> {
  const source =
    space === 'cmyk'
      ? opened(bytes, options).pipelineColourspace('cmyk').toColourspace('cmyk')
      : opened(bytes, options);
  const wide = space === 'cmyk' && plan?.deep === true;
  const { data, info } = await source.raw({ depth: wide ? 'ushort' : 'uchar' }).toBuffer({ resolveWithObject: true });
  const samples = wide ? upperBytes(data) : owned(data);
  const { width, height, channels } = info;
  if (space === 'cmyk') return fromInks(samples, width, height, channels);
  if (space === 'ycbcr') return fromYcc(samples, width, height, channels);
  return overBackground(samples, width, height, channels, 3 + Number(plan?.beyond ?? 0), options.background);
}

/** The bytes by themselves: small buffers of Node share their memory with others. */
function owned(data: Buffer): Uint8Array {
  return data.length === data.buffer.byteLength ? new Uint8Array(data.buffer) : Uint8Array.from(data);
}

/** The upper byte of every little-endian 16-bit number. */
function upperBytes(data: Buffer): Uint8Array {
  return Uint8Array.from({ length: data.length >> 1 }, (_, i) => data[2 * i + 1]!);
}

/** The canvas of a GIF shows the background wherever its first frame does not reach; libvips leaves it black. */
function clearAround(picture: Image, frame: Box | undefined, background: Background): void {
  if (!frame) return;
  const colour: Colour = background === 'white' ? [255, 255, 255] : [0, 0, 0];
  const { width, height } = picture;
  const [right, bottom] = [frame.x + frame.width, frame.y + frame.height];
  fillBox(picture, 0, 0, width, frame.y, colour);
  fillBox(picture, 0, bottom, width, height - bottom, colour);
  fillBox(picture, 0, frame.y, frame.x, frame.height, colour);
  fillBox(picture, right, frame.y, width - right, frame.height, colour);
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
  if (format === 'heif' && /hei[cxms]|hev[cx]/.test(Buffer.from(bytes.subarray(8, 32)).toString('latin1'))) {
    return new ImageError('unsupported', 'HEIC cannot be decoded here; convert it to JPEG or PNG');
  }
  if (format === 'heif' && Buffer.from(bytes.subarray(8, 12)).toString('latin1') === 'avis') {
    return new ImageError('unsupported', 'a film of AVIF pictures cannot be read; save one of them by itself');
  }
  const packed = format === 'tiff' && compressionOf(bytes);
  if (packed) {
    return new ImageError(
      'unsupported',
      `TIFF packed with ${packed} cannot be read; save it with LZW, Deflate or uncompressed`,
    );
  }
  if (endsEarly(bytes, format)) return new ImageError('broken', 'cut short: the end of the file is missing');
  return new ImageError('broken', `damaged, or of a kind of ${format.toUpperCase()} that cannot be read`);
}

/** How the samples of a TIFF are packed, where libvips cannot unpack them. */
function compressionOf(bytes: Uint8Array): string | undefined {
  const names = new Map([
    [34712, 'JPEG 2000'],
    [34887, 'LERC'],
    [34925, 'LZMA'],
    [34933, 'PNG'],
    [50000, 'Zstandard'],
    [50002, 'JPEG XL'],
    [52546, 'JPEG XL'],
  ]);
  return names.get(tiffTags(bytes).compression);
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
