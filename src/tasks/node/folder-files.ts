import { extname, join } from 'node:path';
import { looksLikeImage } from '../../data/formats/sniff.ts';
import { startsAsImage, walkFiles } from '../../data/node/files.ts';
import { isPart } from './folder-kinds.ts';

/** Pictures and labels in and below a folder; paths are relative to it, with '/' between, sorted. */
export interface FolderFiles {
  readonly root: string;
  readonly pictures: readonly string[];
  /** Paths of the files with this extension, e.g. `.json`. */
  labels(extension: string): readonly string[];
}

const extensions = new Set(['.json', '.jsonl', '.xml', '.txt', '.yaml', '.yml', '.csv', '.names', '.data']);

/** Looks through a folder once. @throws YosegiError when it cannot be read */
export async function folderFiles(root: string): Promise<FolderFiles> {
  const pictures: string[] = [];
  const labels = new Map<string, string[]>();
  for await (const path of walkFiles(root)) {
    const extension = extname(path).toLowerCase();
    const known = labels.get(extension);
    if (known) known.push(path);
    else if (extensions.has(extension)) labels.set(extension, [path]);
    else if (looksLikeImage(path) || (await startsAsImage(join(root, path)))) pictures.push(path);
  }
  return { root, pictures: pictures.sort(), labels: (extension) => labels.get(extension) ?? [] };
}

/** A file's name without its extension. */
export const stemOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');

/**
 * What a picture and its label have in common: the path without extension, and without the folders that part them (`train/images/a.jpg`,
 * `train/labels/a.txt`: `train/a`). `part` says which folders those are.
 */
export function keyOf(path: string, part: (folder: string) => boolean = isPart): string {
  const folders = path.split('/').slice(0, -1);
  return [...folders.filter((folder) => !part(folder)), stemOf(path)].join('/').normalize();
}

/** Pictures by a name that another computer gave them. */
export class PictureFinder {
  readonly #exact = new Map<string, string>();
  /** By every end of the path; null where several have it. */
  readonly #ends = new Map<string, string | null>();

  constructor(pictures: readonly string[]) {
    for (const path of pictures) {
      const spelt = path.normalize();
      this.#exact.set(spelt, path);
      for (let at = 0; at >= 0; at = spelt.indexOf('/', at + 1)) {
        const end = spelt.slice(at === 0 ? 0 : at + 1);
        this.#ends.set(end, this.#ends.has(end) ? null : path);
      }
    }
  }

  /** The picture at `name` below one of `folders`; else the only one whose path ends as `name` does. */
  find(name: string, folders: readonly string[] = []): string | undefined {
    const parts = segments(name);
    for (const folder of folders) {
      const hit = this.#exact.get([...segments(folder), ...parts].join('/'));
      if (hit !== undefined) return hit;
    }
    for (let i = 0; i < parts.length; i++) {
      const hit = this.#ends.get(parts.slice(i).join('/'));
      if (hit) return hit;
      if (hit === null) return undefined;
    }
    return undefined;
  }
}

/** The parts of a path that was written anywhere: of Windows, too, without drive and dots. */
export function segments(path: string): string[] {
  return path
    .normalize()
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..' && !/^[a-z]:$/i.test(part));
}
