import { join } from 'node:path';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { isFileAt } from '../../base/node/there.ts';
import type { Hooks, TrainRunResult } from '../../run/node/fit.ts';
import { readRun } from '../../run/node/run-folder.ts';
import { resumeRun, trainRun } from '../../run/node/train-run.ts';
import { settingsOf } from '../../run/settings.ts';
import type { StepEvent } from '../../train/job.ts';
import type { PocRecord } from '../record.ts';
import type { Next } from '../rounds.ts';
import { RUNS } from './begin.ts';

export interface TryOptions {
  readonly hooks: Hooks;
  readonly signal?: AbortSignal;
}

/** What came of a training: a value, or why there is none; undefined where it was stopped from outside. */
export type Outcome = { readonly value: number } | { readonly refused: string } | undefined;

/** Steps after which the time that is left is believed. */
const SURE = 8;

/** Trains a candidate in its own run folder, goes on with one that was stopped there, and gives up what cannot end in time. */
export async function tryOnce(
  out: string,
  { candidate, epochs, seconds }: Next,
  { data, task, seed, figure }: PocRecord,
  { hooks, signal }: TryOptions,
): Promise<Outcome> {
  const folder = join(out, RUNS, candidate.name);
  const late = new AbortController();
  const started = performance.now();
  let needed = 0;
  const watched: Hooks = {
    ...hooks,
    onStep: (e: StepEvent) => {
      hooks.onStep?.(e);
      needed = (performance.now() - started) / 1000 + e.eta;
      if (e.epoch === 0 && e.batch >= SURE && needed > seconds) late.abort();
    },
  };
  const both = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
  try {
    const { result } = await begunOrAgain(folder, epochs, watched, both, () =>
      trainRun({
        data,
        task,
        out: folder,
        force: true,
        ...candidate.options,
        train: { seed, ...candidate.options.train, ...(epochs > 0 && scheduled(epochs, candidate.options.train)) },
        hooks: watched,
        signal: both,
      }),
    );
    if (signal?.aborted) return undefined;
    if (late.signal.aborted)
      return { refused: `would take ${Math.round(needed)} s, more than the ${Math.round(seconds)} s there are for it` };
    return { value: result.best?.figures[figure.name] ?? 0 };
  } catch (error) {
    // One that cannot be trained is no reason to stop looking at the others.
    if (!(error instanceof YosegiError) || signal?.aborted) throw error;
    return { refused: messageOf(error) };
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
  hooks: Hooks,
  signal: AbortSignal,
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
