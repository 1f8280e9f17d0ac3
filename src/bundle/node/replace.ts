import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { isMissing } from '../../train/node/read-json.ts';
import { MANIFEST } from '../manifest.ts';

/**
 * Writes a folder beside its place and then moves it there, so that nobody sees half a bundle. What is there already stays,
 * unless it is empty, or a bundle and `force` is given; other folders are never replaced.
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
  const beside = (ending: string) =>
    join(dirname(target), `.${basename(target)}.${randomBytes(4).toString('hex')}.${ending}`);
  const [fresh, old] = [beside('new'), beside('old')];
  try {
    await mkdir(fresh, { recursive: true });
    await write(fresh);
    if (there) await rename(target, old);
    try {
      await rename(fresh, target);
    } catch (error) {
      if (there) await rename(old, target);
      throw error;
    }
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw new YosegiError(`cannot write the bundle to ${target}: ${messageOf(error)}`, { cause: error });
  }
  await rm(old, { recursive: true, force: true });
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
