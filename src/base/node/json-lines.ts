import type { z } from 'zod';
import { atomicWrite } from './atomic.ts';
import { readText } from './bounded.ts';
import { parseJson } from './read-json.ts';
import { isFileAt } from './there.ts';

/**
 * A file with a JSON value on each line, in order; none where there is no such file.
 * @throws YosegiError that names the line that `schema` does not take, with `advice`
 */
export async function readJsonLines<T>(path: string, schema: z.ZodType<T>, advice: string): Promise<T[]> {
  const text = (await isFileAt(path)) ? await readText(path) : '';
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, i) => parseJson(line, schema, `${path}, line ${i + 1},`, advice));
}

/** The whole file anew: a power cut leaves the old one or the new one. */
export const writeJsonLines = (path: string, values: readonly unknown[]): Promise<void> =>
  atomicWrite(path, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
