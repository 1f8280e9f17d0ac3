import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf, YosegiError } from '../../base/errors.ts';

/**
 * The contents of a JSON file, checked by `schema`; undefined where there is no such file.
 * @throws YosegiError that names the file, what is wrong with it, and what to do (`advice`)
 */
export async function readJson<T>(path: string, schema: z.ZodType<T>, advice: string): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new YosegiError(`cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
  return parseJson(text, schema, path, advice);
}

/** The same from text that came from `path`. */
export function parseJson<T>(text: string, schema: z.ZodType<T>, path: string, advice: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new YosegiError(`${path} is not JSON (${messageOf(error)}). ${advice}`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new YosegiError(
      `${path} is not what this version of yosegi expects: ${z.prettifyError(parsed.error)}. ${advice}`,
    );
  }
  return parsed.data;
}

/** Whether an error, or what caused it, is that a file is not there. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return true;
  return isMissing(error.cause);
}
