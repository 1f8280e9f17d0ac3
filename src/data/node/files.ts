import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { fileKind, openRegular } from '../../base/node/bounded.ts';
import { codeOf } from '../../base/node/error-code.ts';
import { imageFormat, looksLikeImage } from '../formats/sniff.ts';
import { leftByOthers } from './left-by-others.ts';
import { misreadNames } from './misread-names.ts';

/** Something in a folder that can be no picture and no folder of pictures, and what it is, for a sentence: 'a pipe'. */
export interface Odd {
  readonly name: string;
  readonly what: string;
}

/** What lies directly in a folder; hidden entries, and what systems and devices leave behind, are left out. Sorted by code units. */
export interface Listing {
  readonly folders: string[];
  readonly files: string[];
  readonly odd: Odd[];
  /** Folders that were left out because a system or a network disk made them. */
  readonly left: string[];
  /** Those of the folders that are no links. */
  readonly ownFolders: string[];
}

/**
 * Folders and files directly in `dir`, links followed. A name that is not Unicode cannot be opened: it is refused, so that no class
 * is missed without a word, or listed among the odd ones with `tolerant`.
 * @throws YosegiError when the folder cannot be read, or holds such a name
 */
export async function list(dir: string, tolerant = false): Promise<Listing> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
    throw new YosegiError(`the folder ${dir} cannot be read: ${messageOf(error)}`);
  });
  const misread = await misreadNames(
    dir,
    entries.map(({ name }) => name),
  );
  const folders: string[] = [];
  const files: string[] = [];
  const odd: Odd[] = [];
  const left: string[] = [];
  const ownFolders: string[] = [];
  for (const entry of entries) {
    const { name } = entry;
    if (name.startsWith('.')) continue;
    if (leftByOthers(name)) {
      if (entry.isDirectory()) left.push(name);
      continue;
    }
    const strange = misread.get(name);
    if (strange !== undefined) {
      check(tolerant, () => `the folder ${dir} holds ${strange}`);
      odd.push({ name, what: strange });
      continue;
    }
    const kind = entry.isSymbolicLink() ? await behind(dir, name) : entry;
    if (typeof kind === 'string') odd.push({ name, what: kind });
    else if (kind.isDirectory()) {
      folders.push(name);
      if (!entry.isSymbolicLink()) ownFolders.push(name);
    } else if (kind.isFile()) files.push(name);
    else odd.push({ name, what: `${entry.isSymbolicLink() ? 'a link to ' : ''}${fileKind(kind)}` });
  }
  const byName = (a: Odd, b: Odd) => (a.name < b.name ? -1 : 1);
  return {
    folders: folders.sort(),
    files: files.sort(),
    odd: odd.sort(byName),
    left: left.sort(),
    ownFolders: ownFolders.sort(),
  };
}

/** What a link leads to, or what is wrong with it. */
async function behind(dir: string, name: string): Promise<Stats | string> {
  try {
    const path = join(dir, name);
    const info = await stat(path);
    if (!info.isDirectory()) return info;
    // Behind a link to a folder above lies everything once more, the pictures of other classes too.
    const [here, there] = await Promise.all([realpath(dir), realpath(path)]);
    const above = `${here}${sep}`.startsWith(there.endsWith(sep) ? there : `${there}${sep}`);
    return above ? 'a link to a folder that it lies in' : info;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'a link that leads nowhere';
    return code === 'ELOOP' ? 'a link that leads in a circle' : `a link that cannot be followed (${messageOf(error)})`;
  }
}

/** How deep folders may be nested below a class. */
const DEEPEST = 8;

/** Hears of what a walk passes over; the name is relative to the folder that is walked. */
export type OnOdd = (odd: Odd) => void;

/**
 * Paths of all picture files in and below `dir`, relative to it with '/' between, one after the other as they are found: by
 * extension, or by their first bytes where the extension is not a picture's. Folders that are met again through links are entered once.
 * What is no regular file is never opened: `onOdd` hears of it, and of names that are not Unicode.
 * @throws YosegiError when a folder cannot be read; without `onOdd` also when it holds a name that is not Unicode
 */
export async function* walkPictures(dir: string, onOdd?: OnOdd): AsyncGenerator<string, void> {
  for await (const path of walkFiles(dir, onOdd)) {
    if (looksLikeImage(path) || (await startsAsImage(join(dir, path)))) yield path;
  }
}

/** The same of all regular files. */
export async function* walkFiles(dir: string, onOdd?: OnOdd): AsyncGenerator<string, void> {
  const seen = new Set<string>();
  async function* walk(below: string, depth: number): AsyncGenerator<string, void> {
    const here = join(dir, below);
    const real = await realpath(here);
    if (seen.has(real)) return;
    if (depth > DEEPEST) {
      const what = `a folder nested deeper than ${DEEPEST} levels, not searched`;
      return onOdd?.({ name: below.slice(0, -1), what });
    }
    seen.add(real);
    const { folders, files, odd } = await list(here, onOdd !== undefined);
    for (const one of odd) onOdd?.({ ...one, name: below + one.name });
    for (const file of files) yield below + file;
    for (const folder of folders) yield* walk(`${below}${folder}/`, depth + 1);
  }
  yield* walk('', 0);
}

/** All that {@link walkPictures} finds. */
export async function listPictures(dir: string, onOdd?: OnOdd): Promise<string[]> {
  const found: string[] = [];
  for await (const path of walkPictures(dir, onOdd)) found.push(path);
  return found;
}

/** Whether the first bytes of a file are a picture's. */
export async function startsAsImage(path: string): Promise<boolean> {
  const opened = await openRegular(path, Number.POSITIVE_INFINITY).catch(() => undefined);
  if (!opened) return false;
  try {
    const { buffer, bytesRead } = await opened.file.read(Buffer.alloc(32), 0, 32, 0);
    return imageFormat(buffer.subarray(0, bytesRead)) !== undefined;
  } finally {
    await opened.file.close();
  }
}

/** Whether `path` is a folder, a file, or nothing that can be read. */
export async function kindOf(path: string): Promise<'folder' | 'file' | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory()) return 'folder';
  return info?.isFile() ? 'file' : undefined;
}
