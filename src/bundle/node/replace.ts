import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { isMissing } from '../../base/node/missing.ts';
import { placeFolder } from '../../base/node/place-folder.ts';
import { MANIFEST } from '../manifest.ts';

/**
 * Puts a bundle in its place as a whole ({@link placeFolder}). What is there already stays, unless it is empty, or a bundle and
 * `force` is given; other folders are never replaced.
 */
export async function replaceFolder(
  place: string,
  force: boolean,
  write: (folder: string) => Promise<void>,
): Promise<void> {
  const target = resolve(place);
  const there = await contents(target);
  if (there && there.length > 0) {
    check(there.includes(MANIFEST), () => `${target} is not empty and no bundle: choose another folder`);
    check(force, () => `there is a bundle in ${target} already: replace it with --force, or choose another folder`);
  }
  try {
    await placeFolder(target, there !== undefined, write);
  } catch (error) {
    throw new YosegiError(`cannot write the bundle to ${target}: ${messageOf(error)}`, { cause: error });
  }
}

/** Names in a folder; undefined where there is none. */
async function contents(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error) && !(error instanceof Error && 'code' in error && error.code === 'ENOTDIR')) return undefined;
    throw new YosegiError(`cannot use ${folder} for the bundle: ${messageOf(error)}`, { cause: error });
  }
}
