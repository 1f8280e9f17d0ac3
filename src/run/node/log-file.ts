import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { isMissing } from '../../base/node/missing.ts';
import type { Figure } from '../../tasks/task.ts';
import { type Epoch, epochSchema } from '../../train/epoch.ts';

/** The file in a run folder with a line for each epoch. */
export const LOG_FILE = 'log.jsonl';

/**
 * The epochs of a run's log, by number; none where there is no log. A last line that was cut short (the PC was switched off while it
 * was written) is left out; an epoch that was trained again after a stop counts once, as it was the last time. `figures` are the
 * task's: a share of them lies in 0 … 1.
 * @throws YosegiError naming the line that is wrong
 */
export async function readLog(folder: string, figures: readonly Figure[]): Promise<Epoch[]> {
  const path = join(folder, LOG_FILE);
  const lines = (await textOf(path)).split('\n').map((line) => line.trim());
  const epochs = new Map<number, Epoch>();
  const last = lines.findLastIndex((line) => line !== '');
  for (const [i, line] of lines.entries()) {
    if (line === '') continue;
    const value = parsed(line);
    if (value === undefined && i === last) continue;
    const epoch = epochSchema.safeParse(value);
    const advice = 'The log is only a record: take the line out, or move the file away to go on without it';
    check(epoch.success, () => `${path}, line ${i + 1}, is no epoch: ${z.prettifyError(epoch.error!)}\n${advice}`);
    const wrong = strayShare(epoch.data, figures);
    check(!wrong, () => `${path}, line ${i + 1}, is no epoch: ${wrong} is no share of 0 … 1\n${advice}`);
    epochs.set(epoch.data.epoch, epoch.data);
  }
  return [...epochs.values()].sort((a, b) => a.epoch - b.epoch);
}

/** The first figure that is a share by its task and cannot be one, e.g. `accuracy 5`. */
function strayShare({ train, val }: Epoch, figures: readonly Figure[]): string | undefined {
  const shares = new Set(figures.filter(({ share }) => share).map(({ name }) => name));
  const all = [...Object.entries(train), ...Object.entries(val ?? {})];
  const stray = all.find(([name, x]) => shares.has(name.split('@')[0]!) && !(x >= 0 && x <= 1));
  return stray?.join(' ');
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw new YosegiError(`cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
