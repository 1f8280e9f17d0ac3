import { join } from 'node:path';
import { z } from 'zod';
import { check } from '../../base/errors.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import { readJsonLines, writeJsonLines } from '../../base/node/json-lines.ts';
import { readJson } from '../../base/node/read-json.ts';
import { generatorNames } from '../generator.ts';
import { limitsSchema, weightsSchema } from '../score.ts';
import { type Trial, trialSchema } from '../trial.ts';

/** What makes a folder a search. */
export const SEARCH_FILE = 'search.json';
/** A line for each trial that ended. */
export const TRIALS_FILE = 'trials.jsonl';

/** `search.json`: what is searched, and how. */
const searchSchema = z.strictObject({
  format: z.literal(1),
  kind: z.literal('yosegi-search'),
  yosegi: z.string(),
  created: z.string(),
  /** Where the images are. */
  data: z.string(),
  task: z.string(),
  classes: z.array(z.string()),
  /** The space itself, as it was. */
  space: z.record(z.string(), z.unknown()),
  generator: z.enum(generatorNames),
  limits: limitsSchema,
  weights: weightsSchema,
  /** Epochs of each rung. */
  rungs: z.array(z.int().min(1)).min(1),
  eta: z.int().min(2),
  seed: z.int().min(0),
  /** Height and width where the space does not choose it. */
  size: z.tuple([z.int(), z.int()]),
  /** Options of training that are not the default. */
  train: z.record(z.string(), z.unknown()),
  /** Threads that are timed. */
  threads: z.int().min(1),
  /** The machine that the times are of. */
  machine: z.string(),
});
export type SearchRecord = z.output<typeof searchSchema>;

/** @throws YosegiError where the folder is no search, or its file is not what was written */
export async function readSearch(folder: string): Promise<SearchRecord> {
  const record = await readJson(join(folder, SEARCH_FILE), searchSchema, 'Begin the search again with --force');
  check(
    record,
    () =>
      `${folder} is no search: it has no ${SEARCH_FILE}. 'yosegi search DIR --space NAME --out ${folder}' begins one`,
  );
  return record;
}

export const writeSearch = (folder: string, record: SearchRecord): Promise<void> =>
  atomicWrite(join(folder, SEARCH_FILE), `${JSON.stringify(record, null, 2)}\n`);

/**
 * The trials of a search, in order; none where there are none yet.
 * @throws YosegiError that names the line that is no trial
 */
export async function readTrials(folder: string): Promise<Trial[]> {
  const path = join(folder, TRIALS_FILE);
  const advice = 'Take this line and those behind it out, and go on without them';
  const trials = await readJsonLines(path, trialSchema, advice);
  trials.forEach(({ number }, i) => {
    check(number === i, () => `${path}, line ${i + 1}, is of trial ${number + 1}. ${advice}`);
  });
  return trials;
}

export const writeTrials = (folder: string, trials: readonly Trial[]): Promise<void> =>
  writeJsonLines(join(folder, TRIALS_FILE), trials);
