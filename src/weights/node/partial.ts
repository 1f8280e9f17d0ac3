import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../../base/node/error-code.ts';

/** A download touches its file far more often than this, or has given up. */
const ABANDONED = 5 * 60_000;

let made = 0;

/**
 * The unfinished part of a file that is being downloaded, beside its place. It belongs to one download at a time, which its
 * name says: `NAME.PID-N.incomplete`. One that was left behind is `NAME.incomplete` (the name that Python's hub library
 * uses too), or that of a process which is gone; the next download takes it over.
 */
export class Partial {
  readonly path: string;
  readonly #place: string;

  private constructor(place: string) {
    this.#place = place;
    this.path = `${place}.${process.pid}-${made++}.incomplete`;
  }

  /** Takes over the longest part that nobody works on; with none, the file does not exist yet. */
  static async claim(place: string): Promise<Partial> {
    const partial = new Partial(place);
    for (const path of await abandoned(place)) {
      // Only one of several that try succeeds.
      const won = await rename(path, partial.path).then(
        () => true,
        () => false,
      );
      if (won) break;
    }
    return partial;
  }

  /** Bytes so far. */
  size(): Promise<number> {
    return sizeOf(this.path);
  }

  /** Leaves what there is to the next download. */
  async leave(): Promise<void> {
    if ((await this.size()) > 0) await rename(this.path, `${this.#place}.incomplete`);
  }

  discard(): Promise<void> {
    return rm(this.path, { force: true });
  }

  /** Puts the complete file in its place. */
  async finish(): Promise<void> {
    try {
      await rename(this.path, this.#place);
    } catch (error) {
      // Windows replaces no file that is being read; then another download was faster.
      if ((await sizeOf(this.#place)) !== (await this.size())) throw error;
      await this.discard();
    }
  }
}

/** Parts that nobody works on, the longest first. */
async function abandoned(place: string): Promise<string[]> {
  const folder = dirname(place);
  const found: { path: string; size: number }[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(`${basename(place)}.`) || !name.endsWith('.incomplete')) continue;
    const path = join(folder, name);
    const owner = /\.(\d+)-\d+\.incomplete$/.exec(name)?.[1];
    const info = await stat(path).catch(() => undefined);
    if (!info) continue;
    if (owner && alive(Number(owner)) && Date.now() - info.mtimeMs < ABANDONED) continue;
    found.push({ path, size: info.size });
  }
  return found.sort((a, b) => b.size - a.size).map(({ path }) => path);
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of another user may not be asked, but is there.
    return codeOf(error) === 'EPERM';
  }
}

const sizeOf = (path: string) =>
  stat(path).then(
    (info) => info.size,
    () => 0,
  );
