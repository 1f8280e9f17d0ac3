import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { lockFolder } from '../../base/node/lock.ts';
import { isRun, removeRun } from '../../run/node/claim.ts';
import type { Hooks } from '../../run/node/fit.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { PocRecord } from '../record.ts';
import { chosenOf, isNeeded, type Next, nextTrial, ROUNDS, spent } from '../rounds.ts';
import { isTried, type PocTrial, type Tried } from '../trial.ts';
import { checkPlace, clearRounds, type PocBeginning, pocBegun, runFolder, taskToProve, WINNER } from './begin.ts';
import { readPoc, readPocTrials, writePocTrials } from './journal.ts';
import { measured } from './measure.ts';
import { prunedTrial } from './pruned-trial.ts';
import { tryOnce } from './try.ts';

export interface PocOptions {
  readonly out: string;
  /** What is begun; left out where one goes on. */
  readonly begin?: PocBeginning;
  readonly hooks?: Hooks;
  readonly signal?: AbortSignal;
  readonly onNext?: (next: Next, found: PocFound) => void;
  readonly onTrial?: (trial: PocTrial, found: PocFound) => void;
}

/** How far a proof of concept is. */
export interface PocFound {
  readonly record: PocRecord;
  readonly trials: readonly PocTrial[];
}

export interface PocResult extends PocFound {
  readonly stopped: boolean;
  /** What is recommended, whose run lies in `winner`; undefined where it was stopped before. */
  readonly chosen?: Tried;
}

/**
 * Tries on a folder of images what somebody who knows the trade would try, within a time, and leaves what is recommended as a run in
 * `winner`. Every trial that ended is on the disk; one that was stopped or killed goes on from there.
 * @throws YosegiError where nothing could be trained within the limits, with the reason for each
 */
export async function pocRun({ out, begin, hooks = {}, signal, onNext, onTrial }: PocOptions): Promise<PocResult> {
  // Before anything is written.
  const task = begin && (await taskToProve(begin));
  if (begin) await checkPlace(out, begin);
  else await readPoc(out);
  await mkdir(out, { recursive: true });
  const lock = await lockFolder(out, { what: 'proof of concept' });
  const runtime = await nativeRuntime();
  try {
    if (lock.tookOver) hooks.onNotice?.(lock.tookOver);
    const record = begin && task ? await pocBegun(out, task, begin, hooks) : await readPoc(out);
    const found = { record, trials: await readPocTrials(out) };
    const stopped = await tried(out, found, { runtime, hooks, ...(signal && { signal }), onNext, onTrial });
    if (stopped) return { ...found, stopped };
    const chosen = chosenOf(found.trials, record);
    check(chosen, () => nothingText(found));
    await kept(out, chosen, found.trials);
    return { ...found, stopped, chosen };
  } finally {
    await runtime.close();
    await lock.release();
  }
}

interface Work {
  readonly runtime: Runtime;
  readonly hooks: Hooks;
  readonly signal?: AbortSignal;
  readonly onNext: PocOptions['onNext'];
  readonly onTrial: PocOptions['onTrial'];
}

/** Carries out what is to be tried, a trial after the other; whether it was stopped. */
async function tried(out: string, found: PocFound & { readonly trials: PocTrial[] }, work: Work): Promise<boolean> {
  const { record, trials } = found;
  const { hooks, signal, onNext, onTrial } = work;
  const ended = async (trial: PocTrial) => {
    trials.push(trial);
    await writePocTrials(out, trials);
    await cleared(out, found);
    onTrial?.(trial, found);
  };
  for (;;) {
    if (signal?.aborted) return true;
    const next = nextTrial(trials, record);
    if (!next) break;
    onNext?.(next, found);
    const trial = await oneTrial(out, next, found, work);
    if (!trial) return true;
    await ended(trial);
  }
  const winner = chosenOf(trials, record);
  if (!winner || !record.ways.includes('prune') || trials.some((t) => t.round >= ROUNDS)) return false;
  hooks.onNotice?.(`the best so far, ${winner.candidate}, with channels taken out until it takes half the time`);
  const pruned = await prunedTrial(out, winner, record.seconds - spent(trials), record, work);
  if (!pruned) return true;
  await ended(pruned);
  return false;
}

async function oneTrial(
  out: string,
  next: Next,
  { record, trials }: PocFound,
  { runtime, ...options }: Work,
): Promise<PocTrial | undefined> {
  const { candidate, round, epochs } = next;
  const started = performance.now();
  const said = { candidate: candidate.name, round, epochs };
  const seconds = () => (performance.now() - started) / 1000;
  try {
    // Once: a network takes what it takes, and another measurement might refuse what was trained.
    const known = trials.find((t) => t.candidate === candidate.name && isTried(t));
    const { ms, parameters } = known ?? (await measured(candidate, taskNamed(record.task), record, runtime));
    const costs = { ...said, ms, parameters };
    if (!known && record.ms !== null && ms! > record.ms)
      return { ...costs, value: null, refused: `takes ${ms!.toFixed(1)} ms here`, seconds: seconds() };
    const before = seconds();
    const outcome = await tryOnce(out, next, record, options);
    if (!outcome) return undefined;
    const { value = null, refused = null } = outcome;
    return { ...costs, value, refused, seconds: before + outcome.seconds };
  } catch (error) {
    if (!(error instanceof YosegiError) || options.signal?.aborted) throw error;
    return { ...said, ms: null, parameters: null, value: null, refused: messageOf(error), seconds: seconds() };
  }
}

/** Removes the runs of those that are out, and of trials that a deeper one stands in for. */
async function cleared(out: string, { record, trials }: PocFound): Promise<void> {
  for (const trial of trials) {
    if (!isNeeded(trial, trials, record)) await removeRun(runFolder(out, trial));
  }
}

/** The run that is recommended becomes `winner`, unless it is already; the others go. */
async function kept(out: string, chosen: Tried, trials: readonly PocTrial[]): Promise<void> {
  if (await isRun(runFolder(out, chosen))) {
    await removeRun(join(out, WINNER));
    await rename(runFolder(out, chosen), join(out, WINNER));
  }
  for (const trial of trials) await removeRun(runFolder(out, trial));
  await clearRounds(out);
}

function nothingText({ record, trials }: PocFound): string {
  const why = trials.map((t) => `${t.candidate}: ${t.refused}`).join('; ');
  const limits = record.ms === null ? 'more time (--hours)' : 'more milliseconds (--ms) or more time (--hours)';
  return `nothing could be trained (${why}). Where it is the limits, allow ${limits}; --force begins anew`;
}
