import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { imageFormat, looksLikeImage } from '../sniff.ts';

/** What lies directly in a folder; hidden entries (and macOS' and Windows' own) are left out. Sorted by code units. */
export interface Listing {
  readonly folders: string[];
  readonly files: string[];
}

const foreign = new Set(['__macosx', 'thumbs.db', 'desktop.ini', '$recycle.bin', 'node_modules']);

/**
 * Folders and files directly in `dir`, links followed.
 * @throws YosegiError when the folder cannot be read
 */
export async function list(dir: string): Promise<Listing> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
    throw new YosegiError(`the folder ${dir} cannot be read: ${messageOf(error)}`);
  });
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.') || foreign.has(entry.name.toLowerCase())) continue;
    const kind = entry.isSymbolicLink() ? await stat(join(dir, entry.name)).catch(() => undefined) : entry;
    if (kind?.isDirectory()) folders.push(entry.name);
    else if (kind?.isFile()) files.push(entry.name);
  }
  return { folders: folders.sort(), files: files.sort() };
}

/** How deep folders may be nested below a class. */
const DEEPEST = 8;

/**
 * Paths of all picture files in and below `dir`, relative to it with '/' between: by extension, or by their first
 * bytes where the extension is not a picture's. Folders that link back to themselves are entered once.
 */
export async function listPictures(dir: string): Promise<string[]> {
  const found: string[] = [];
  const seen = new Set<string>();
  const walk = async (below: string, depth: number): Promise<void> => {
    const here = join(dir, below);
    const real = await realpath(here);
    if (depth > DEEPEST || seen.has(real)) return;
    seen.add(real);
    const { folders, files } = await list(here);
    for (const file of files) {
      if (looksLikeImage(file) || (await startsAsImage(join(here, file)))) found.push(below + file);
    }
    for (const folder of folders) await walk(`${below}${folder}/`, depth + 1);
  };
  await walk('', 0);
  return found;
}

async function startsAsImage(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (!file) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0);
    return imageFormat(buffer.subarray(0, bytesRead)) !== undefined;
  } finally {
    await file.close();
  }
}

/** Whether `path` is a folder, a file, or nothing that can be read. */
export async function kindOf(path: string): Promise<'folder' | 'file' | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory()) return 'folder';
  return info?.isFile() ? 'file' : undefined;
}
