import { link, open, readFile, unlink } from 'node:fs/promises';
import { messageOf, YosegiError } from '../../../../base/errors.ts';
import { codeOf } from '../../../../base/node/error-code.ts';
import { pathBeside } from '../../../../base/node/leftovers.ts';

/** What file systems answer that know no second name for a file (FAT, some network shares). */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/**
 * Makes a file that nobody has made before, whole: of several that try, one succeeds. It is written under a name of its own, flushed, and
 * then given the name as a second one, which fails where that is taken, on network shares too. Where files have one name only it is
 * written in place: a process that is killed meanwhile leaves half of it. No two texts may be equal.
 * @returns false where the name is taken, or the folder is gone
 * @throws YosegiError that names the path where it cannot be written
 */
export async function placeOnce(path: string, text: string): Promise<boolean> {
  const temporary = pathBeside(path, 'tmp');
  try {
    await written(temporary, text);
    await link(temporary, path);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return false;
    // The answer to the first try may have been lost on the way: a network share tries again by itself.
    if (code === 'EEXIST') return (await readFile(path, 'utf8').catch(() => '')) === text;
    if (NO_LINKS.includes(code)) return placeDirectly(path, text);
    throw new YosegiError(`cannot write ${path}: ${messageOf(error)}`, { cause: error });
  } finally {
    await unlink(temporary).catch(() => {});
  }
}

/** The same where a file has one name only. */
export async function placeDirectly(path: string, text: string): Promise<boolean> {
  try {
    await written(path, text);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw new YosegiError(`cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** A new file; half of it does not stay. */
async function written(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await unlink(path).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
}
