import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { messageOf } from '../errors.ts';
import type { Fail } from '../json.ts';
import { codeOf } from './error-code.ts';
import { readInto } from './read.ts';

/**
 * The bytes of an ordinary file of at most `most` bytes. Links are not followed, pipes not waited for: what is asked and what is read
 * is one file, whoever changes the folder meanwhile.
 * @throws what `fail` makes of the problem, a sentence that goes on after the file's name
 */
export async function readPlainFile(path: string, most: number, fail: Fail): Promise<Uint8Array> {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ELOOP') throw fail('is a link, not an ordinary file; the file itself must lie in the folder', error);
    throw fail(code === 'ENOENT' ? 'is missing' : `cannot be read: ${messageOf(error)}`, error);
  }
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw fail('is not an ordinary file');
    if (info.size > most) throw fail(`has ${info.size} bytes, more than the ${most} it may have`);
    const bytes = new Uint8Array(info.size);
    await readInto(handle, bytes, 0).catch((error: unknown) => {
      throw fail(`cannot be read: ${messageOf(error)}`, error);
    });
    return bytes;
  } finally {
    await handle.close();
  }
}
