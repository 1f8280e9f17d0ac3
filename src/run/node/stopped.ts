import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { isMissing } from '../../base/node/missing.ts';
import { sha256Parts } from '../../base/node/sha256.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { type Checkpoint, decodeCheckpoint } from '../../train/checkpoint.ts';
import { SafetensorsError } from '../../weights/errors.ts';
import type { Run } from '../records.ts';
import { hasFirstWeights } from './first-weights.ts';
import { readLog } from './log-file.ts';

/* What a training that was stopped left, and whether it can go on. */

/**
 * Looks whether a run without a checkpoint can begin again: no epoch has ended, and what it starts from is in its folder.
 * @throws YosegiError that says why not
 */
export async function checkUntouched(out: string, run: Run): Promise<void> {
  const epochs = await readLog(out, taskNamed(run.task).figures);
  const path = checkpointPath(out);
  check(
    epochs.length === 0,
    () => `the checkpoint ${path} is gone, after ${epochs.length} epochs: train again with --force`,
  );
  const given = run.pretrained?.weights ?? (run.source && 'the imported model');
  check(
    given === undefined || (await hasFirstWeights(out)),
    () => `${out} was stopped before it had read ${given}: start it again with --force`,
  );
}

const checkpointPath = (out: string) => join(out, 'last', 'checkpoint.safetensors');

/** The last checkpoint; undefined where none was written yet. */
export async function readCheckpoint(out: string, print: string): Promise<Checkpoint | undefined> {
  const path = checkpointPath(out);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return decodeCheckpoint(bytes, print, sha256Parts);
  } catch (error) {
    const advice =
      error instanceof SafetensorsError ? `. The checkpoint ${path} is damaged: train again with --force` : '';
    throw new YosegiError(`cannot resume ${out}: ${messageOf(error)}${advice}`, { cause: error });
  }
}
