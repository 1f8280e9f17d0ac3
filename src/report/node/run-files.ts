import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { isMissing } from '../../base/node/missing.ts';
import { type Epoch, epochSchema } from '../../train/epoch.ts';

/** The text of a file, or undefined when there is none. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new YosegiError(`cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * The epochs of `log.jsonl`, none when there is no log. A last line that was cut short (the PC was switched off while it was
 * written) is left out; an epoch that was trained again after a resume counts once, as it was the last time.
 * @throws YosegiError naming the line that is wrong
 */
export async function readLog(path: string): Promise<Epoch[]> {
  const lines = ((await textOf(path)) ?? '').split('\n').map((line) => line.trim());
  const epochs = new Map<number, Epoch>();
  const last = lines.findLastIndex((line) => line !== '');
  for (const [i, line] of lines.entries()) {
    if (line === '') continue;
    const parsed = epochSchema.safeParse(parse(line));
    if (!parsed.success && i === last) continue;
    check(
      parsed.success,
      () => `${path}, line ${i + 1}, is no epoch: ${z.prettifyError(parsed.error!)}\nRemove the line and try again.`,
    );
    epochs.set(parsed.data.epoch, parsed.data);
  }
  return [...epochs.values()].sort((a, b) => a.epoch - b.epoch);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Bytes of all files in and below a folder; undefined when there is no such folder. */
export async function folderBytes(folder: string): Promise<number | undefined> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (!entries) return undefined;
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
