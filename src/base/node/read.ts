import type { FileHandle } from 'node:fs/promises';
import { YosegiError } from '../errors.ts';

/** The most one system call reads. */
const PIECE = 2 ** 30;

/** Fills `target` from `position` of an open file; throws when the file ends before it is full. */
export async function readInto(file: FileHandle, target: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < target.length; ) {
    const { bytesRead } = await file.read(target, at, Math.min(PIECE, target.length - at), position + at);
    if (bytesRead === 0) {
      throw new YosegiError(`the file ended at byte ${position + at}; ${target.length - at} more were expected`);
    }
    at += bytesRead;
  }
}
