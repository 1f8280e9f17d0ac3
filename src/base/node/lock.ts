import { readFileSync, unlinkSync } from 'node:fs';
import { open, readFile, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { messageOf, YosegiError } from '../errors.ts';
import { codeOf } from './error-code.ts';
import { type ProcessName, processState, thisProcess } from './process.ts';

/** The file that stands for the lock, in the folder that it locks. */
export const LOCK_FILE = '.yosegi.lock';

/** A holder touches its file this often, in milliseconds; one of another machine that has not for `SILENT` is taken for dead. */
const BEAT = 15_000;
const SILENT = 5 * 60_000;
/** Nobody needs longer, in milliseconds, to write the few bytes of a lock, or to take one over. */
const MOMENT = 10_000;

/** Who holds a folder. */
export interface LockHolder extends ProcessName {
  /** What it does there, e.g. 'train'. */
  readonly what: string;
  /** When it came, ISO 8601. */
  readonly since: string;
}

export interface FolderLock {
  readonly holder: LockHolder;
  /** A sentence about the lock of a process that is gone, which this one took the place of; undefined where there was none. */
  readonly tookOver: string | undefined;
  /** Throws a YosegiError when the folder is no longer this lock's: somebody took it over, or deleted it. */
  confirm(): Promise<void>;
  /** Lets the folder go; more than once is fine. */
  release(): Promise<void>;
}

export interface LockOptions {
  /** What is going to be done in the folder, e.g. 'train'; it is shown to those who come second. */
  readonly what: string;
  /** Takes the folder also from a holder that seems alive: for a person who knows better. */
  readonly force?: boolean;
}

/** Thrown where another process holds the folder. */
export class FolderLockedError extends YosegiError {
  override readonly name = 'FolderLockedError';
  readonly folder: string;
  /** Undefined where the lock does not say. */
  readonly holder: LockHolder | undefined;

  constructor(folder: string, holder: LockHolder | undefined, message: string) {
    super(message);
    this.folder = folder;
    this.holder = holder;
  }
}

/**
 * Holds a folder for this process: at most one holds it at a time. The lock of a process that is dead is taken over; so is one of
 * another machine that has not been touched for five minutes. Throws a FolderLockedError that names the holder otherwise, and a
 * YosegiError where the folder is missing or read-only.
 */
export async function lockFolder(folder: string, { what, force = false }: LockOptions): Promise<FolderLock> {
  const path = join(folder, LOCK_FILE);
  const holder: LockHolder = { ...thisProcess(), what, since: new Date().toISOString() };
  const text = `${JSON.stringify(holder)}\n`;
  let tookOver: string | undefined;
  while (!(await created(path, text))) {
    const there = await look(path);
    if (!there) continue;
    const gone = whyGone(there);
    if (gone === undefined && !force) {
      throw new FolderLockedError(folder, there.holder, `${folder} is in use: ${heldBy(there)}`);
    }
    await takenAway(path, there.text);
    tookOver = gone ?? `${heldBy(there)}; it was taken over all the same`;
  }
  return held(path, folder, holder, text, tookOver);
}

/** Who holds a folder, alive as far as can be told; undefined where nobody does. */
export async function folderHolder(folder: string): Promise<LockHolder | undefined> {
  const there = await look(join(folder, LOCK_FILE));
  return there && whyGone(there) === undefined ? there.holder : undefined;
}

function held(
  path: string,
  folder: string,
  holder: LockHolder,
  text: string,
  tookOver: string | undefined,
): FolderLock {
  const ours = async () => (await look(path))?.text === text;
  const beat = setInterval(async () => {
    const now = new Date();
    // A lock that is gone is found out by `confirm`, where somebody can be told.
    if (await ours().catch(() => false)) await utimes(path, now, now).catch(() => {});
  }, BEAT);
  beat.unref();
  const atExit = () => {
    try {
      if (readFileSync(path, 'utf8') === text) unlinkSync(path);
    } catch {
      // The next one finds that this process is dead.
    }
  };
  process.once('exit', atExit);
  return {
    holder,
    tookOver,
    async confirm() {
      if (await ours()) return;
      throw new YosegiError(`${folder} is no longer this process's: its ${LOCK_FILE} is gone or somebody else's`);
    },
    async release() {
      clearInterval(beat);
      process.off('exit', atExit);
      if (await ours()) await unlink(path).catch(() => {});
    },
  };
}

/** Whether the file could be made; false where there is one already. */
async function created(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(text);
      return true;
    } catch (error) {
      await unlink(path).catch(() => {});
      throw error;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw new YosegiError(`cannot lock with ${path}: ${messageOf(error)}`, { cause: error });
  }
}

interface Found {
  readonly text: string;
  /** Undefined where the text is none of ours: not yet written, or cut off by a power cut. */
  readonly holder: LockHolder | undefined;
  /** Milliseconds since it was touched. */
  readonly age: number;
}

async function look(path: string): Promise<Found | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    return { text, holder: parsed(text), age: Date.now() - (await stat(path)).mtimeMs };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new YosegiError(`cannot read the lock ${path}: ${messageOf(error)}`, { cause: error });
  }
}

const holderSchema = z.object({
  pid: z.int().positive(),
  started: z.string(),
  host: z.string(),
  machine: z.string(),
  what: z.string(),
  since: z.string(),
});

function parsed(text: string): LockHolder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** A sentence that says why nobody is behind a lock any more; undefined where somebody may be. */
function whyGone({ holder, age }: Found): string | undefined {
  if (!holder) return age > MOMENT ? 'a lock was left half written' : undefined;
  const { pid, host, what, since } = holder;
  const state = processState(holder);
  if (state === 'dead') return `process ${pid}, which held it for '${what}' since ${since}, no longer runs`;
  if (state === 'unknown' && age > SILENT) {
    return `process ${pid} on ${host}, which held it for '${what}' since ${since}, has not been heard of for ${minutes(age)}`;
  }
  return undefined;
}

function heldBy({ holder, age }: Found): string {
  if (!holder) return 'another process is just taking it; try again in a moment';
  const { pid, host, what, since } = holder;
  if (pid === process.pid && processState(holder) === 'alive')
    return `this process holds it for '${what}' since ${since}`;
  const heard = processState(holder) === 'unknown' ? `, last heard of ${minutes(age)} ago` : '';
  return `process ${pid} on ${host} holds it for '${what}' since ${since}${heard}`;
}

const minutes = (ms: number) => `${Math.max(0, Math.floor(ms / 60_000))} min`;

/**
 * Deletes the lock that holds `text`. One at a time, and only when it still holds that: of two who find the same dead lock, the
 * slower would delete the new lock of the faster.
 */
async function takenAway(path: string, text: string): Promise<void> {
  const guard = `${path}.taking`;
  while (!(await created(guard, text))) {
    const there = await look(guard);
    if (there && there.age > MOMENT) await unlink(guard).catch(() => {});
    else await sleep(20);
  }
  try {
    if ((await look(path))?.text === text) await unlink(path);
  } finally {
    await unlink(guard).catch(() => {});
  }
}
