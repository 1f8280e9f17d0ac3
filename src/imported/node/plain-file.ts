import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { readInto } from '../../base/node/read.ts';

/** Something wrong with a file of a model folder. */
export class ModelFolderError extends YosegiError {
  override readonly name: string = 'ModelFolderError';
  /** The file's name in the folder. */
  readonly file: string;
  constructor(folder: string, file: string, problem: string, cause?: unknown) {
    super(`${join(folder, file)} ${problem}`, { cause });
    this.file = file;
  }
}

/** The bytes of an ordinary file of at most `most` bytes in a folder; links are not followed, pipes not waited for. */
export async function readPlain(folder: string, file: string, most: number): Promise<Uint8Array> {
  const fail = (problem: string, cause?: unknown) => new ModelFolderError(folder, file, problem, cause);
  try {
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    const handle = await open(join(folder, file), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const info = await handle.stat();
      if (!info.isFile()) throw fail('is not an ordinary file');
      if (info.size > most) throw fail(`has ${info.size} bytes, more than the ${most} it may have`);
      const bytes = new Uint8Array(info.size);
      await readInto(handle, bytes, 0);
      return bytes;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ModelFolderError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ELOOP') throw fail('is a link; the file itself must lie in the folder');
    throw fail(code === 'ENOENT' ? 'is missing' : `cannot be read: ${messageOf(error)}`, error);
  }
}
