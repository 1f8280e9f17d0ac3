import { createGunzip } from 'node:zlib';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { megabytes, openRegular, readOpened } from '../../base/node/bounded.ts';
import { type Idx, idxBytes, idxImage, parseIdx } from '../formats/idx.ts';
import { ImageError } from '../image.ts';
import { type Decoded, type DecodeOptions, usePicture } from './decode.ts';

/** Where the pixels of an item are: a picture file, or one picture of an IDX file that has been read. */
export type ItemSource =
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'idx';
      readonly path: string;
      readonly index: number;
      /** In shared memory: handed to workers without a copy. */
      readonly idx: Idx;
    };

/**
 * Decodes the picture of an item.
 * @throws ImageError
 */
export async function readSource(source: ItemSource, options: DecodeOptions): Promise<Decoded> {
  return useSource(source, options, (decoded) => decoded);
}

/**
 * Decodes the picture of an item and hands it to `use`, whose result is given (see `usePicture`); with the bytes of its file, where it
 * has one of its own.
 * @throws ImageError, and what `use` throws
 */
export async function useSource<T>(
  source: ItemSource,
  options: DecodeOptions,
  use: (decoded: Decoded, file?: Uint8Array) => T,
): Promise<T> {
  if (source.kind === 'file') return usePicture(source.path, options, use);
  return use({ image: idxImage(source.idx, source.index) });
}

/** Most bytes an IDX file may have, packed or unpacked. */
const MAX_IDX = 2 ** 31;
/** The longest header: four dimensions. */
const HEADER = 20;

/**
 * Reads an IDX file into shared memory, unpacking it when it is gzip: as many bytes as its header states, no more.
 * @throws ImageError when it cannot be read, YosegiError when it is not IDX
 */
export async function readIdx(path: string): Promise<Idx> {
  try {
    const opened = await openRegular(path, MAX_IDX);
    try {
      const [a, b] = await readOpened({ file: opened.file, size: Math.min(2, opened.size) });
      if (a === 0x1f && b === 0x8b)
        return parseIdx(await unpacked(opened.file.createReadStream({ start: 0 }), path), path);
      const shared = new Uint8Array(new SharedArrayBuffer(opened.size));
      shared.set(await readOpened(opened));
      return parseIdx(shared, path);
    } finally {
      await opened.file.close();
    }
  } catch (error) {
    if (error instanceof YosegiError && error.name === 'YosegiError') throw error;
    throw new ImageError('broken', `${path} cannot be read: ${messageOf(error)}`);
  }
}

/** What a gzip stream holds, in shared memory that is taken once the header has said how much it must be. */
async function unpacked(packed: NodeJS.ReadableStream, path: string): Promise<Uint8Array> {
  let head: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  let whole: Uint8Array | undefined;
  let at = 0;
  for await (const part of packed.pipe(createGunzip())) {
    const chunk: Uint8Array = part;
    if (!whole) {
      head = Buffer.concat([head, chunk]);
      if (head.length < HEADER) continue;
      const size = idxBytes(head, path);
      if (size > MAX_IDX)
        throw new YosegiError(`${path} states ${megabytes(size)}; the limit is ${megabytes(MAX_IDX)}`);
      whole = new Uint8Array(new SharedArrayBuffer(size));
      at = fill(whole, 0, head, path);
    } else at = fill(whole, at, chunk, path);
  }
  return whole ? whole.subarray(0, at) : head;
}

function fill(whole: Uint8Array, at: number, chunk: Uint8Array, path: string): number {
  if (at + chunk.length > whole.length) {
    throw new YosegiError(`${path} holds more than the ${whole.length} bytes that its header states`);
  }
  whole.set(chunk, at);
  return at + chunk.length;
}
