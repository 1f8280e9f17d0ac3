import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { check, messageOf, YosegiError } from '../errors.ts';
import { codeOf } from './error-code.ts';
import { clearLeftovers, pathBeside } from './leftovers.ts';

/** What sort of folder is written, in words for messages. */
export interface FolderKind {
  /** The file that makes a folder one of this kind. */
  readonly marker: string;
  /** What it is called: 'bundle'. */
  readonly noun: string;
  /** How to choose another place: 'choose another folder'. */
  readonly elsewhere: string;
}

/**
 * Throws unless a folder of this kind may be written to `place`: it is free, empty, or of this kind and `force` is given. Other folders
 * are never replaced. What a killed process left there is put right first. Gives the absolute path.
 */
export async function claimFolder(place: string, force: boolean, kind: FolderKind): Promise<string> {
  const target = resolve(place);
  await clearLeftovers(dirname(target), basename(target));
  const names = await readdir(target).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw new YosegiError(`cannot use ${target} for the ${kind.noun}: ${error.message}`, { cause: error });
  });
  if (names.length > 0) {
    const { marker, noun, elsewhere } = kind;
    check(names.includes(marker), () => `${target} is not empty and no ${noun}: ${elsewhere}`);
    check(force, () => `there is a ${noun} in ${target} already: replace it with --force, or ${elsewhere}`);
  }
  return target;
}

/**
 * Writes a folder beside its place and then moves it there, so that nobody sees half of it. What is at the place goes away then.
 * Where anything fails, what was there is there again, and what went wrong is thrown as it came. A process that is killed between
 * the two moves leaves an empty place; `recoverFolder` puts the old folder back.
 */
export async function placeFolder(target: string, write: (folder: string) => Promise<void>): Promise<void> {
  const [fresh, old] = [pathBeside(target, 'new'), pathBeside(target, 'old')];
  try {
    await mkdir(fresh, { recursive: true });
    await write(fresh);
    const moved = await moveAway(target, old);
    try {
      await rename(fresh, target);
    } catch (error) {
      if (moved) await rename(old, target);
      throw error;
    }
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

/** {@link claimFolder}, then {@link placeFolder}; what the file system says against it becomes a YosegiError. */
export async function replaceFolder(
  place: string,
  force: boolean,
  kind: FolderKind,
  write: (folder: string) => Promise<void>,
): Promise<void> {
  const target = await claimFolder(place, force, kind);
  try {
    await placeFolder(target, write);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new YosegiError(`cannot write the ${kind.noun} to ${target}: ${messageOf(error)}`, { cause: error });
  }
}

/** Whether there was anything to move. */
async function moveAway(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
