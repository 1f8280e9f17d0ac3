import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, YosegiError } from '../errors.ts';
import { clearLeftoversOnce, pathBeside } from './leftovers.ts';

/** What a file is to hold: text, bytes, or pieces of bytes that are written one after the other without being joined. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array>;

/** A file that is complete on disk under a temporary name, waiting to take its place. */
export interface StagedFile {
  /** Takes the place of whatever was at the path, in one step. */
  commit(): Promise<void>;
  /** Throws the temporary file away. */
  discard(): Promise<void>;
}

/** One write call; larger ones gain nothing and 2 GiB is the most a system call takes. */
const PIECE = 64 * 2 ** 20;

/**
 * Writes `content` so that a reader, or a power cut, sees either the old file or the whole new one: a temporary file in
 * the same folder, flushed to the disk, then renamed. A symbolic link at `path` is replaced, not followed.
 * What killed processes left in the folder is cleared the first time this one writes there.
 * Throws a YosegiError that names the path when the folder is missing, full or read-only.
 */
export async function atomicWrite(path: string, content: FileContent): Promise<void> {
  const staged = await stageFile(path, content);
  await staged.commit();
}

/** The first half of {@link atomicWrite}, for files that must appear together: stage them all, then commit them all. */
export async function stageFile(path: string, content: FileContent): Promise<StagedFile> {
  await clearLeftoversOnce(dirname(path));
  const temporary = pathBeside(path, 'tmp');
  const discard = () => unlink(temporary).catch(() => {});
  try {
    const file = await open(temporary, 'wx');
    try {
      for (const piece of pieces(content)) await writeAll(file, piece);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await discard();
    throw new YosegiError(`cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
  return {
    discard,
    async commit() {
      try {
        await replace(temporary, path);
      } catch (error) {
        await discard();
        throw new YosegiError(`cannot put the new file in place at ${path}: ${messageOf(error)}`, { cause: error });
      }
      await syncFolder(dirname(path));
    },
  };
}

function pieces(content: FileContent): Iterable<Uint8Array> {
  if (typeof content === 'string') return [new TextEncoder().encode(content)];
  return content instanceof Uint8Array ? [content] : content;
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(PIECE, bytes.length - at));
    at += bytesWritten;
  }
}

/** Windows refuses to replace a file that a virus scanner or an indexer holds open for a moment: try again for a second. */
async function replace(from: string, to: string): Promise<void> {
  for (let wait = 10; ; wait *= 2) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (process.platform !== 'win32' || wait > 640) throw error;
      await sleep(wait);
    }
  }
}

/** Makes the rename itself durable where the system lets a folder be flushed (not on Windows). */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Best effort: the file itself is already complete and in place.
  }
}
