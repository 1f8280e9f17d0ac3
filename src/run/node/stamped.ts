import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { conform, type Fail, jsonOf } from '../../base/json.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import { isMissing } from '../../base/node/missing.ts';
import { shellPath } from '../../base/node/shell.ts';
import { WEIGHTS } from '../../imported/record.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { checksum } from '../../weights/node/files.ts';
import { type BelongsTo, belongsToSchema, type JudgedSet, type RunState, staleReasons } from '../provenance.ts';
import type { Run } from '../records.ts';
import { environmentOf } from './environment.ts';

/** A record of a run folder with what it belongs to. */
export interface Stamped<T> {
  readonly record: T;
  /** Undefined in a file of an older version. */
  readonly belongsTo: BelongsTo | undefined;
  /** Why it is not about the run as it is now; undefined where it is. */
  readonly stale: string | undefined;
}

/** Where a run's weights are; an imported model has its own. */
export const weightsFile = (folder: string, { data }: Pick<Run, 'data'>): string =>
  data === '' ? join(folder, WEIGHTS) : join(folder, 'best', 'model.safetensors');

/** What the run has now, for telling whether a record is about it. */
export async function stateOf(folder: string, run: Run): Promise<RunState> {
  const weights = await checksum(weightsFile(folder, run)).catch((error) => {
    // A run folder without weights has been made smaller, not trained on.
    if (isMissing(error)) return undefined;
    throw error;
  });
  return { weights, list: run.split };
}

/** The stamp of a number that is being made. */
export async function stampOf(
  folder: string,
  run: Run,
  runtime: Runtime,
  set: JudgedSet | null,
  threads?: number,
): Promise<BelongsTo> {
  const weights = await checksum(weightsFile(folder, run));
  return { created: new Date().toISOString(), weights, set, ...(await environmentOf(runtime, threads)) };
}

/** What to do about a record of a run folder that cannot be used: the verb writes it again. */
export const makeAgain = (verb: string, folder: string): string =>
  `Run \`yosegi ${verb} ${shellPath(folder)}\` to make it again, or move the file away.`;

/** Writes a record with its stamp. */
export function writeStamped(path: string, record: object, belongsTo: BelongsTo): Promise<void> {
  return atomicWrite(path, `${JSON.stringify({ belongsTo, ...record }, null, 2)}\n`);
}

const anyRecord = z.looseObject({ belongsTo: belongsToSchema.optional() });

/**
 * Reads a record and says whether it is about the run as it is `now`; undefined where there is no such file.
 * @throws YosegiError that names the file, what is wrong with it, and what to do (`advice`)
 */
export async function readStamped<T>(
  path: string,
  schema: z.ZodType<T>,
  now: RunState,
  advice: string,
): Promise<Stamped<T> | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new YosegiError(`cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
  const fail: Fail = (problem, cause) => new YosegiError(`${path} ${problem}. ${advice}`, { cause });
  const { belongsTo, ...rest } = conform(jsonOf(text, fail), anyRecord, fail);
  const reasons = staleReasons(belongsTo, now);
  const stale = reasons.length === 0 ? undefined : `${path} is not used: ${reasons.join(', and ')}. ${advice}`;
  return { record: conform(rest, schema, fail), belongsTo, stale };
}

/** Names of the records of other folders' evaluations in a run folder, sorted. */
export async function otherEvaluations(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^eval-.+\.json$/.test(name)).sort();
}
