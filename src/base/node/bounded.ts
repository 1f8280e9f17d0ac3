import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { YosegiError } from '../errors.ts';
import { decodeText } from '../text/decode.ts';
import { codeOf } from './error-code.ts';

/** Why a file was not read: it is no regular file, or holds more than is accepted. */
export class RefusedFile extends YosegiError {
  override readonly name = 'RefusedFile';
  readonly reason: 'kind' | 'size';
  constructor(reason: RefusedFile['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What a thing in the file system is, for a sentence: 'a pipe'. */
export function fileKind(
  info: Pick<Stats, 'isFile' | 'isDirectory' | 'isFIFO' | 'isSocket' | 'isSymbolicLink'>,
): string {
  if (info.isFile()) return 'a file';
  if (info.isDirectory()) return 'a folder';
  if (info.isFIFO()) return 'a pipe';
  if (info.isSocket()) return 'a socket';
  return info.isSymbolicLink() ? 'a link' : 'a device';
}

/** Bytes for a person: '3.1 MB'. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** An open regular file and its size in bytes. */
export interface OpenedFile {
  readonly file: FileHandle;
  readonly size: number;
}

/**
 * Opens a regular file of at most `most` bytes, never waiting for anyone: a pipe, a device, a socket or a folder is refused, and so
 * is a file that is larger, before a byte of it is read. The caller closes it.
 * @throws RefusedFile, or the system's own error when it cannot be opened
 */
export async function openRegular(path: string, most: number): Promise<OpenedFile> {
  // Not blocking: opening a pipe that nobody writes to would wait for ever.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: unknown) => {
    // What a socket answers, and a device without its driver.
    if (['ENXIO', 'ENODEV'].includes(codeOf(error))) {
      throw new RefusedFile('kind', 'it is a socket or a device, not a file');
    }
    throw error;
  });
  try {
    const info = await file.stat();
    if (!info.isFile()) throw new RefusedFile('kind', `it is ${fileKind(info)}, not a file`);
    if (info.size > most) {
      throw new RefusedFile('size', `the file has ${megabytes(info.size)}; the limit is ${megabytes(most)}`);
    }
    return { file, size: info.size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The bytes of an open file from `from` up to its size: fewer where it has become shorter, no more where it has grown. */
export async function readOpened({ file, size }: OpenedFile, from = 0): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(Math.max(0, size - from));
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await file.read(bytes, at, Math.min(2 ** 30, bytes.length - at), from + at);
    if (bytesRead === 0) return bytes.subarray(0, at);
    at += bytesRead;
  }
  return bytes;
}

/**
 * The bytes of a regular file of at most `most` bytes.
 * @throws RefusedFile, or the system's own error when it cannot be read
 */
export async function readBounded(path: string, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const opened = await openRegular(path, most);
  try {
    return await readOpened(opened);
  } finally {
    await opened.file.close();
  }
}

/** No text that a person gives us is larger: names of ten million pictures. */
const MAX_TEXT = 512_000_000;

/**
 * The text of a file that a person made, in whatever encoding {@link decodeText} knows.
 * @throws YosegiError that names the file; the system's own error when it cannot be opened
 */
export async function readText(path: string, most = MAX_TEXT): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readBounded(path, most);
  } catch (error) {
    if (!(error instanceof RefusedFile)) throw error;
    throw new YosegiError(`${path} cannot be read: ${error.message}`, { cause: error });
  }
  return decodeText(bytes, path);
}
