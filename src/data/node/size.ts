import sharp from 'sharp';
import { openRegular, readOpened } from '../../base/node/bounded.ts';
import { headerOf } from '../formats/header.ts';
import { imageFormat } from '../formats/sniff.ts';
import type { Size } from '../geometry/placement.ts';
import { decodeDefaults } from './decode.ts';

/** How large a picture is, from the beginning of its file. */
export interface PictureSize {
  /** As it is decoded: upright. */
  readonly upright: Size;
  /** As its rows lie in the file. */
  readonly stored: Size;
  /** EXIF's: 1 where the two are the same picture, 5 … 8 where rows become columns. */
  readonly orientation: number;
}

/** In nearly all files, enough to hold all that comes before the pixels. */
const HEAD = 64 * 1024;

/** The size of a picture without decoding it; undefined where the file is none, or does not say it. */
export async function pictureSize(path: string): Promise<PictureSize | undefined> {
  const opened = await openRegular(path, decodeDefaults.maxBytes).catch(() => undefined);
  if (!opened) return undefined;
  try {
    const head = await readOpened({ file: opened.file, size: Math.min(HEAD, opened.size) });
    const format = imageFormat(head);
    if (format === undefined) return undefined;
    if (format === 'bmp') {
      const header = headerOf(head, format);
      return header && sizeOf([header.height, header.width], 1);
    }
    return (await read(head)) ?? (head.length < opened.size ? await read(await readOpened(opened)) : undefined);
  } catch {
    return undefined;
  } finally {
    await opened.file.close();
  }
}

async function read(bytes: Uint8Array): Promise<PictureSize | undefined> {
  const known = await sharp(bytes)
    .metadata()
    .catch(() => undefined);
  return known && sizeOf([known.height, known.width], known.orientation ?? 1);
}

function sizeOf(stored: Size, orientation: number): PictureSize {
  return { stored, orientation, upright: orientation >= 5 ? [stored[1], stored[0]] : stored };
}
