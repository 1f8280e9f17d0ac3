import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { messageOf } from '../../base/errors.ts';
import { type Idx, idxImage, parseIdx } from '../idx.ts';
import { ImageError } from '../image.ts';
import { type Decoded, type DecodeOptions, decodeNoted } from './decode.ts';

/** Where the pixels of an item are: a picture file, or one picture of an IDX file. */
export type ItemSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'idx'; readonly path: string; readonly index: number };

/**
 * Decodes the picture of an item.
 * @throws ImageError
 */
export async function readSource(source: ItemSource, options: DecodeOptions): Promise<Decoded> {
  if (source.kind === 'file') return decodeNoted(source.path, options);
  let idx = loaded.get(source.path);
  if (!idx) {
    idx = readIdx(source.path);
    loaded.set(source.path, idx);
  }
  return { image: idxImage(await idx, source.index) };
}

/** IDX files this thread has read: their pictures are asked for one by one. */
const loaded = new Map<string, Promise<Idx>>();

/** Most bytes an IDX file may unpack to. */
const MAX_IDX = 2 ** 31;

/**
 * Reads an IDX file, unpacking it when it is gzip.
 * @throws ImageError when it cannot be read, YosegiError when it is not IDX
 */
export async function readIdx(path: string): Promise<Idx> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = await promisify(gunzip)(bytes, { maxOutputLength: MAX_IDX });
  } catch (error) {
    throw new ImageError('broken', `${path} cannot be read: ${messageOf(error)}`);
  }
  return parseIdx(bytes, path);
}
