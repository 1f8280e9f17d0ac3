import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import { readJsonLines, writeJsonLines } from '../../base/node/json-lines.ts';
import { readJson } from '../../base/node/read-json.ts';
import { shellPath } from '../../base/node/shell.ts';
import { type PocRecord, pocSchema } from '../record.ts';
import { type PocTrial, pocTrialSchema } from '../trial.ts';

/** What makes a folder a proof of concept. */
export const POC_FILE = 'poc.json';
/** A line for each trial that ended. */
export const TRIALS_FILE = 'trials.jsonl';

/** @throws YosegiError where the folder is no proof of concept, or its file is not what was written */
export async function readPoc(folder: string): Promise<PocRecord> {
  const record = await readJson(join(folder, POC_FILE), pocSchema, 'Begin again with --force');
  check(
    record,
    () =>
      `${folder} is no proof of concept: it has no ${POC_FILE}. 'yosegi poc DIR --out ${shellPath(folder)}' begins one`,
  );
  return record;
}

export const writePoc = (folder: string, record: PocRecord): Promise<void> =>
  atomicWrite(join(folder, POC_FILE), `${JSON.stringify(record, null, 2)}\n`);

/**
 * The trials so far, in order; none where there are none yet.
 * @throws YosegiError that names the line that is no trial
 */
export const readPocTrials = (folder: string): Promise<PocTrial[]> =>
  readJsonLines(join(folder, TRIALS_FILE), pocTrialSchema, 'Take this line out, and go on');

export const writePocTrials = (folder: string, trials: readonly PocTrial[]): Promise<void> =>
  writeJsonLines(join(folder, TRIALS_FILE), trials);
