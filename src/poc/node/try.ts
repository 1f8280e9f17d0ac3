import { join } from 'node:path';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { isFileAt } from '../../base/node/there.ts';
import type { Hooks, TrainRunResult } from '../../run/node/fit.ts';
import { resumeRun } from '../../run/node/resume-run.ts';
import { readRun } from '../../run/node/run-folder.ts';
import { trainRun } from '../../run/node/train-run.ts';
import { settingsOf } from '../../run/settings.ts';
import type { PocRecord } from '../record.ts';
import type { Next } from '../rounds.ts';
import { runFolder } from './begin.ts';
import { type Timed, timed } from './late.ts';

export interface TryOptions {
  readonly hooks: Hooks;
  readonly signal?: AbortSignal;
}

/** What came of a training: a value, or why there is none, and the seconds it took, those before a stop too; undefined where it was stopped from outside. */
export type Outcome = { readonly value?: number; readonly refused?: string; readonly seconds: number } | undefined;

/** Trains a candidate in a run folder of its own, goes on with one that was stopped there, and gives up what cannot end in time. */
export async function tryOnce(
  out: string,
  next: Next,
  { data, task, seed, figure }: PocRecord,
  { hooks, signal }: TryOptions,
): Promise<Outcome> {
  const { candidate, round, epochs } = next;
  const folder = runFolder(out, { candidate: candidate.name, round });
  const started = performance.now();
  const watch = timed(hooks, next.seconds, signal);
  const took = () => (performance.now() - started) / 1000;
  try {
    const { result } = await begunOrAgain(folder, epochs, watch, () =>
      trainRun({
        data,
        task,
        out: folder,
        force: true,
        ...candidate.options,
        train: { seed, ...candidate.options.train, ...(epochs > 0 && scheduled(epochs, candidate.options.train)) },
        hooks: watch.hooks,
        signal: watch.signal,
      }),
    );
    if (signal?.aborted) return undefined;
    // Epochs before a stop took their time too.
    const seconds = Math.max(
      took(),
      result.history.reduce((sum, e) => sum + e.seconds, 0),
    );
    const late = watch.late();
    if (late) return { refused: late, seconds };
    const value = result.best?.figures[figure.name];
    if (value !== undefined) return { value, seconds };
    return { refused: `the validation pictures give no ${figure.label}: do they show everything?`, seconds };
  } catch (error) {
    // One that cannot be trained is no reason to stop looking at the others.
    if (!(error instanceof YosegiError) || signal?.aborted) throw error;
    return { refused: watch.late() ?? messageOf(error), seconds: took() };
  } finally {
    watch.close();
  }
}

/** A short training warms up for a part of itself. */
const scheduled = (epochs: number, train: Readonly<Record<string, unknown>> = {}) => ({
  epochs,
  ...(train.warmup === undefined && { warmup: Math.min(2, epochs / 6) }),
});

async function begunOrAgain(
  folder: string,
  epochs: number,
  { hooks, signal }: Timed,
  begin: () => Promise<TrainRunResult>,
): Promise<TrainRunResult> {
  if (!(await isFileAt(join(folder, 'last', 'checkpoint.safetensors')))) return begin();
  const run = await readRun(folder);
  if (settingsOf(run.options).train.epochs !== epochs) return begin();
  hooks.onNotice?.(`going on with ${folder}`);
  return resumeRun(folder, { hooks, signal }).catch((error: unknown) => {
    if (!(error instanceof YosegiError) || signal.aborted) throw error;
    hooks.onNotice?.(`${messageOf(error)}; it begins again`);
    return begin();
  });
}
