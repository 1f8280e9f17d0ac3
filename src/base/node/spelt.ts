import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/**
 * The path as it is spelt on the disk: é may be one character in what a person types and two in what a Mac has written, or the other way
 * round. Undefined where there is nothing of that name in either form.
 */
export async function spelt(path: string): Promise<string | undefined> {
  if (await isThere(path)) return path;
  let found = '';
  for (const [i, part] of path.split(sep === '\\' ? /[/\\]/ : '/').entries()) {
    const plain = i === 0 ? part || '/' : join(found, part);
    if (await isThere(plain)) found = plain;
    else {
      const names = await readdir(found || '.').catch((): string[] => []);
      const same = names.find((name) => name.normalize() === part.normalize());
      if (same === undefined) return undefined;
      found = join(found, same);
    }
  }
  return found;
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
