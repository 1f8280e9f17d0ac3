import { messageOf } from '../../base/errors.ts';
import { FOREIGN_HEAD, foreignText } from '../../base/foreign.ts';
import { type ImageFormat, unreadFormat } from '../formats/sniff.ts';
import { tiffTags } from '../formats/tiff.ts';
import { ImageError } from '../image.ts';

/** What a file that is no picture we read seems to be, and what to do about it. */
export function whatItIs(bytes: Uint8Array): string {
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

/**
 * Why libvips failed, told from the file itself: libvips keeps its messages in one place for all threads, so that of
 * one broken picture can turn up at another that is decoded at the same time.
 */
export function whyUnread(error: unknown, bytes: Uint8Array, format: ImageFormat, maxPixels: number): ImageError {
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
