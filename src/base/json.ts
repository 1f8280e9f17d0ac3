import { z } from 'zod';
import { messageOf } from './errors.ts';

/** Makes the error for what is wrong with a text, e.g. "is not JSON (…)": its owner knows where it came from and what to do. */
export type Fail = (problem: string, cause?: unknown) => Error;

/** What a text says as JSON; a byte order mark before it is no part of it. */
export function jsonOf(text: string, fail: Fail): unknown {
  if (depthOf(text) > DEEPEST) throw fail(`is nested deeper than ${DEEPEST} levels`);
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw fail(`is not JSON (${messageOf(error).slice(0, 200)})`, error);
  }
}

/** Messages of a schema are cut here: a hostile file may break a million rules. */
const MOST = 2000;

/** `value` as `schema` has it. */
export function conform<T>(value: unknown, schema: z.ZodType<T>, fail: Fail): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw fail(`is not what this version of yosegi expects: ${z.prettifyError(parsed.error).slice(0, MOST)}`);
}

/** Fails where `value` says that it is of `kind` and of a later format than `newest`: a later version of yosegi wrote it. */
export function checkFormat(value: unknown, kind: string, newest: number, fail: Fail): void {
  const format = z.object({ format: z.number(), kind: z.literal(kind) }).safeParse(value);
  if (!format.success || format.data.format <= newest) return;
  throw fail(`has format ${format.data.format}, written by a newer yosegi: update this one`);
}

/** Deeper lists and objects are no data of ours, and would end whatever walks through them. */
const DEEPEST = 200;

/** How deep brackets are nested outside of strings. */
function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === '[' || c === '{') most = Math.max(most, ++depth);
    else if (c === ']' || c === '}') depth--;
  }
  return most;
}
