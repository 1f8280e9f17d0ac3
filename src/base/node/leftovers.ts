import { randomBytes } from 'node:crypto';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type ProcessState, processTag, TAG, tagState } from './process.ts';

/**
 * What stands beside a file or folder while it is written: `tmp`, a file on its way; `new`, a folder on its way; `old`, the folder
 * that a new one takes the place of. Their names say whose they are, so that those of a killed process can be told.
 */
export type Ending = 'tmp' | 'new' | 'old';

/** A path beside `path`, hidden, of this process, that nothing has yet. */
export function pathBeside(path: string, ending: Ending): string {
  return join(dirname(path), `.${basename(path)}.${processTag()}.${randomBytes(4).toString('hex')}.${ending}`);
}

const pattern = new RegExp(`^\\.(.+)\\.(${TAG})\\.[0-9a-f]{8}\\.(tmp|new|old)$`);
/** Names that versions up to 0.1.0 gave, which say nothing of the process. */
const before = /^\.(.+)\.(?:[0-9a-f]{12}\.(tmp)|[0-9a-f]{8}\.(new|old))$/;

interface Leftover {
  readonly path: string;
  /** The name of what it stands beside. */
  readonly base: string;
  readonly ending: Ending;
  readonly owner: ProcessState;
}

function leftoverOf(folder: string, name: string): Leftover | undefined {
  const path = join(folder, name);
  const [, base, tag, ending] = pattern.exec(name) ?? [];
  if (base && tag && ending) return { path, base, ending: ending as Ending, owner: tagState(tag) };
  const [, name_, file, dir] = before.exec(name) ?? [];
  return name_ ? { path, base: name_, ending: (file ?? dir) as Ending, owner: 'unknown' } : undefined;
}

/** Where nothing is known of the process, in milliseconds: two renames take less than the one, writing anything less than the other. */
const RENAMING = 60_000;
const WRITING = 60 * 60_000;

/**
 * Clears what killed processes left in a folder, of the file or folder named `only` where one is given: an old folder whose place is
 * empty goes back there; everything else is deleted. What belongs to a living process stays, and so does, for an hour, what may.
 */
export async function clearLeftovers(folder: string, only?: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const found = names
    .flatMap((name) => leftoverOf(folder, name) ?? [])
    .filter((l) => only === undefined || l.base === only);
  const dated: (Leftover & { readonly moved: number; readonly written: number })[] = [];
  for (const l of found) {
    const info = await lstat(l.path).catch(() => undefined);
    if (info) dated.push({ ...l, moved: info.ctimeMs, written: info.mtimeMs });
  }
  // Old folders first, the newest before others: it is the one that was in use.
  dated.sort((a, b) => Number(b.ending === 'old') - Number(a.ending === 'old') || b.moved - a.moved);
  for (const { path, base, ending, owner, moved, written } of dated) {
    const place = join(folder, base);
    const gone = (since: number, enough: number) =>
      owner === 'dead' || (owner === 'unknown' && Date.now() - since > enough);
    if (ending === 'old' && !(await exists(place))) {
      if (gone(moved, RENAMING)) await rename(path, place).catch(() => {});
    } else if (gone(written, WRITING)) {
      // Somebody else may be clearing too, or the folder be read-only: what stays is cleared another time.
      await rm(path, { recursive: true, force: true }).catch(() => {});
    }
  }
}

/** Puts a folder back that a killed process had moved away to replace it; does nothing where there is something at the place. */
export async function recoverFolder(place: string): Promise<void> {
  const target = resolve(place);
  if (!(await exists(target))) await clearLeftovers(dirname(target), basename(target));
}

const looked = new Set<string>();

/** {@link clearLeftovers}, for a folder that is written to again and again: once in the life of this process. */
export async function clearLeftoversOnce(folder: string): Promise<void> {
  if (looked.has(folder)) return;
  looked.add(folder);
  await clearLeftovers(folder);
}

const exists = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  );
