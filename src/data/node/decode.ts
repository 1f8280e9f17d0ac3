import sharp from 'sharp';
import { megabytes, openRegular, RefusedFile, readOpened } from '../../base/node/bounded.ts';
import { decodeBmp } from '../formats/bmp.ts';
import { firstFrame, headerOf } from '../formats/header.ts';
import { extensionFits, extensionOf, type ImageFormat, imageFormat } from '../formats/sniff.ts';
import { tiffPlan, tiffTags } from '../formats/tiff.ts';
import { type Background, type Image, ImageError } from '../image.ts';
import { pictureMemory } from './picture-memory.ts';
import { asRgb, clearAround, fromSamples } from './samples.ts';
import { checkTurned } from './turned.ts';
import { whatItIs, whyUnread } from './unreadable.ts';

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
 * Decodes a picture and hands it to `use` together with the bytes of its file; what `use` gives is given. Large pictures are decoded, and used, only a few at a time in
 * all threads of the process (see `PictureMemory`): make them small in `use`.
 * @throws ImageError as {@link decodeImage}, and what `use` throws
 */
export async function usePicture<T>(
  source: string | Uint8Array,
  options: Partial<DecodeOptions>,
  use: (decoded: Decoded, file: Uint8Array) => T,
): Promise<T> {
  const settings = { ...decodeDefaults, ...options };
  if (typeof source !== 'string') {
    checkSize(source.length, settings.maxBytes);
    return held(source, source.length, async () => use(await decodeBytes(source, settings), source));
  }
  const opened = await openPicture(source, settings.maxBytes);
  try {
    checkSize(opened.size, settings.maxBytes);
    const head = await readOpened({ file: opened.file, size: Math.min(HEAD, opened.size) });
    // What is no picture is not read to its end, however long it is.
    formatOf(head);
    return await held(head, opened.size, async () => {
      const bytes = head.length === opened.size ? head : await readOpened(opened);
      return use(misnamed(source, bytes, await decodeBytes(bytes, settings)), bytes);
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
  if (!format) throw new ImageError('not-an-image', whatItIs(bytes));
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

async function decodeWithSharp(bytes: Uint8Array, format: ImageFormat, options: DecodeOptions): Promise<Decoded> {
  const { maxPixels } = options;
  try {
    await checkTurned(bytes, format);
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
    throw error instanceof ImageError ? error : whyUnread(error, bytes, format, maxPixels);
  }
}
