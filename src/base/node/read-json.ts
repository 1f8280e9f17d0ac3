import type { z } from 'zod';
import { messageOf, YosegiError } from '../errors.ts';
import { conform, type Fail, jsonOf } from '../json.ts';
import { readText } from './bounded.ts';
import { isMissing } from './missing.ts';

/**
 * The contents of a JSON file, checked by `schema`; undefined where there is no such file.
 * @throws YosegiError that names the file, what is wrong with it, and what to do (`advice`)
 */
export async function readJson<T>(path: string, schema: z.ZodType<T>, advice: string): Promise<T | undefined> {
  let text: string;
  try {
    text = await readText(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof YosegiError) throw error;
    throw new YosegiError(`cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
  return parseJson(text, schema, path, advice);
}

/** The same from text that came from `path`. */
export function parseJson<T>(text: string, schema: z.ZodType<T>, path: string, advice: string): T {
  const fail: Fail = (problem, cause) => new YosegiError(`${path} ${problem}. ${advice}`, { cause });
  return conform(jsonOf(text, fail), schema, fail);
}
