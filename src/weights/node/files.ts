import { constants } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { FOREIGN_HEAD, foreignText } from '../../base/foreign.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import { readInto } from '../../base/node/read.ts';
import type { Tensor } from '../../base/tensor.ts';
import { SafetensorsError } from '../errors.ts';
import { headerLength, parseHeader } from '../header.ts';
import { parseSafetensors, type Safetensors, safetensorsPieces, tensorsIn } from '../safetensors.ts';

/** The largest file that is read: its data is one block of memory, and on Node 20 such a block ends at 4 GiB. */
const MAX_FILE_BYTES = Math.min(4 * 2 ** 30, constants.MAX_LENGTH);

/**
 * Reads a .safetensors file. Its header is checked against the size of the file first; then the data is read once, into
 * memory of its own that the tensors share. Throws a SafetensorsError that names the file (and the tensor).
 */
export async function readSafetensors(
  path: string,
  options: { readonly maxBytes?: number } = {},
): Promise<Safetensors> {
  const most = Math.min(options.maxBytes ?? MAX_FILE_BYTES, MAX_FILE_BYTES);
  try {
    // Asked before opening: opening a pipe would wait for somebody to write into it.
    const info = await stat(path);
    if (!info.isFile()) throw new SafetensorsError('it is not an ordinary file');
    if (info.size > most)
      throw new SafetensorsError(`it has ${info.size} bytes; the limit is ${most}. Split it into shards`);
    const file = await open(path, 'r');
    try {
      const first = new Uint8Array(Math.min(8, info.size));
      await readInto(file, first, 0);
      const head = new Uint8Array(headerLength(first, info.size));
      await readInto(file, head, 8);
      const dataStart = 8 + head.length;
      const header = parseHeader(head, info.size - dataStart);
      const data = new Uint8Array(info.size - dataStart);
      await readInto(file, data, dataStart);
      return tensorsIn(header, data);
    } finally {
      await file.close();
    }
  } catch (error) {
    const foreign = error instanceof SafetensorsError ? await foreignIn(path) : undefined;
    throw new SafetensorsError(`cannot read ${path}: ${foreign ?? messageOf(error)}`, { cause: error });
  }
}

/** Reads a .safetensors file that was zipped (gzip); it may become no larger than one that is not. */
export async function readZippedSafetensors(path: string): Promise<Safetensors> {
  try {
    const unzipped = await promisify(gunzip)(await readFile(path), { maxOutputLength: MAX_FILE_BYTES });
    return parseSafetensors(unzipped);
  } catch (error) {
    throw new SafetensorsError(`cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** What a file is that could not be read as safetensors, where that can be told. */
async function foreignIn(path: string): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return undefined;
  const file = await open(path, 'r');
  try {
    const head = new Uint8Array(Math.min(FOREIGN_HEAD, info.size));
    await readInto(file, head, 0);
    const text = foreignText(head, 'safetensors');
    return text && `no safetensors file: ${text}`;
  } finally {
    await file.close();
  }
}

/** Writes a .safetensors file in one step ({@link atomicWrite}), without copying the tensors first. */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, Tensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await atomicWrite(path, safetensorsPieces(tensors, metadata).pieces);
}

/** SHA-256 of a file (given by its path, read piece by piece) or of bytes, as 64 lower-case hexadecimal digits. */
export async function checksum(source: string | Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  if (typeof source !== 'string') return hash.update(source).digest('hex');
  try {
    for await (const piece of createReadStream(source, { highWaterMark: 2 ** 20 })) hash.update(piece);
  } catch (error) {
    throw new YosegiError(`cannot read ${source}: ${messageOf(error)}`, { cause: error });
  }
  return hash.digest('hex');
}
