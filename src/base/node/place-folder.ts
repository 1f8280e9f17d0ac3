import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a folder beside its place and then moves it there, so that nobody sees half of it. With `over`, what is at the place goes
 * away then; without, the place must be free or an empty folder. Where anything fails, what was there is there again, and what
 * went wrong is thrown as it came.
 */
export async function placeFolder(
  target: string,
  over: boolean,
  write: (folder: string) => Promise<void>,
): Promise<void> {
  const beside = (ending: string) =>
    join(dirname(target), `.${basename(target)}.${randomBytes(4).toString('hex')}.${ending}`);
  const [fresh, old] = [beside('new'), beside('old')];
  try {
    await mkdir(fresh, { recursive: true });
    await write(fresh);
    const moved = over && (await moveAway(target, old));
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

/** Whether there was anything to move. */
async function moveAway(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
