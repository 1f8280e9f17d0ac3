import { join } from 'node:path';
import { readText } from '../../../../base/node/bounded.ts';
import type { FolderFiles } from '../../../node/folder-files.ts';
import type { Problems } from '../../labels/index.ts';

/** Lines of a text that say something, without blanks around them. */
export const linesOf = (text: string): string[] =>
  text
    .split(/\r\n|[\r\n]/)
    .map((line) => line.trim().normalize())
    .filter((line) => line !== '');

/** Lines of the first of the files that lies directly in the folder. */
export async function linesIn(files: FolderFiles, names: readonly string[]): Promise<string[] | undefined> {
  const all = [...files.labels('.txt'), ...files.labels('.names')];
  const path = all.find((p) => names.includes(p.toLowerCase()));
  return path === undefined ? undefined : linesOf(await readText(join(files.root, path)));
}

/** What `read` makes of a label file's text; 'broken', and noted, where it cannot be read. */
export async function labelIn<T>(
  { root }: FolderFiles,
  path: string,
  problems: Problems,
  read: (text: string) => T | undefined,
): Promise<T | 'broken' | undefined> {
  try {
    return read(await readText(join(root, path)));
  } catch {
    problems.note('unreadable label file', path);
    return 'broken';
  }
}
