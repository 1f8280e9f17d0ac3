import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { lockFolder } from '../../base/node/lock.ts';
import { pruneRun } from '../../prune/node/prune-run.ts';
import type { Hooks } from '../../run/node/fit.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { BOX, boxEntries } from '../../weights/node/box.ts';
import { type Candidate, candidatesFor, type Way } from '../candidate.ts';
import type { PocRecord } from '../record.ts';
import { chosenOf, contestantsOf, type Next, nextTrial, ROUNDS, spent, type Terms } from '../rounds.ts';
import type { PocTrial, Tried } from '../trial.ts';
import { type PocBeginning, pocBegun, RUNS, WINNER } from './begin.ts';
import { readPoc, readPocTrials, writePocTrials } from './journal.ts';
import { measured } from './measure.ts';
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
  readonly candidates: readonly Candidate[];
  readonly trials: readonly PocTrial[];
}

export interface PocResult extends PocFound {
  readonly stopped: boolean;
  /** What is recommended, whose run lies in `winner`; undefined where it was stopped before. */
  readonly chosen?: Tried;
}

/** The name of what is made of the winner with half the time. */
const PRUNED = 'prune-half';
/** Most epochs in which it recovers. */
const RECOVERY = 12;

/**
 * Tries on a folder of images what somebody who knows the trade would try, within a time, and leaves what is recommended as a run in
 * `winner`. Every trial that ended is on the disk; one that was stopped or killed goes on from there.
 * @throws YosegiError where nothing could be trained within the limits, with what came nearest
 */
export async function pocRun({ out, begin, hooks = {}, signal, onNext, onTrial }: PocOptions): Promise<PocResult> {
  await mkdir(out, { recursive: true });
  const lock = await lockFolder(out, { what: 'proof of concept' });
  const runtime = await nativeRuntime();
  try {
    if (lock.tookOver) hooks.onNotice?.(lock.tookOver);
    const record = begin ? await pocBegun(out, begin, hooks) : await readPoc(out);
    const found = { record, candidates: await candidatesOf(record), trials: await readPocTrials(out) };
    const stopped = await tried(out, found, { runtime, hooks, ...(signal && { signal }), onNext, onTrial });
    if (stopped) return { ...found, stopped };
    const chosen = chosenOf(found.trials, termsOf(found));
    check(chosen, () => nothingText(found));
    await kept(out, chosen);
    return { ...found, stopped, chosen };
  } finally {
    await runtime.close();
    await lock.release();
  }
}

async function candidatesOf({ task, ways }: PocRecord): Promise<Candidate[]> {
  const entries = await boxEntries();
  const sources = entries.map(({ name, config, fineTune }) => ({ weights: `${BOX}${name}`, config, fineTune }));
  return candidatesFor(taskNamed(task), sources, ways as Way[]);
}

export const termsOf = ({ candidates, record: { seconds, validated } }: PocFound): Terms => ({
  candidates,
  seconds,
  validated,
});

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
    const next = nextTrial(trials, termsOf(found));
    if (!next) break;
    onNext?.(next, found);
    const trial = await oneTrial(out, next, record, work);
    if (!trial) return true;
    await ended(trial);
  }
  const winner = chosenOf(trials, termsOf(found));
  const left = record.seconds - spent(trials);
  if (!winner || !record.ways.includes('prune') || trials.some((t) => t.round >= ROUNDS)) return false;
  hooks.onNotice?.(`the best so far, ${winner.candidate}, with channels taken out until it takes half the time`);
  const pruned = await prunedTrial(out, winner, left, record, work);
  if (!pruned) return true;
  await ended(pruned);
  return false;
}

async function oneTrial(
  out: string,
  next: Next,
  record: PocRecord,
  { runtime, ...options }: Work,
): Promise<PocTrial | undefined> {
  const { candidate, round, epochs } = next;
  const started = performance.now();
  const said = { candidate: candidate.name, round, epochs };
  const seconds = () => (performance.now() - started) / 1000;
  try {
    const { ms, parameters } = await measured(candidate, taskNamed(record.task), record, runtime);
    const costs = { ...said, ms, parameters };
    if (record.ms !== null && ms > record.ms)
      return { ...costs, value: null, refused: `takes ${ms.toFixed(1)} ms here`, seconds: seconds() };
    const outcome = await tryOnce(out, next, record, options);
    return outcome && { ...costs, value: null, refused: null, ...outcome, seconds: seconds() };
  } catch (error) {
    if (!(error instanceof YosegiError) || options.signal?.aborted) throw error;
    return { ...said, ms: null, parameters: null, value: null, refused: messageOf(error), seconds: seconds() };
  }
}

/** The winner with half the time: what pruning is worth here. */
async function prunedTrial(
  out: string,
  winner: Tried,
  left: number,
  record: PocRecord,
  { hooks, signal }: Work,
): Promise<PocTrial | undefined> {
  const started = performance.now();
  const epochs = Math.floor(Math.min(RECOVERY, left / (winner.seconds / Math.max(1, winner.epochs))));
  const trial = {
    candidate: PRUNED,
    round: ROUNDS,
    epochs: Math.max(0, epochs),
    value: null,
    ms: null,
    parameters: null,
  };
  if (epochs < 1) return { ...trial, refused: 'no time is left to train what remains', seconds: 0 };
  try {
    const { after, trained } = await pruneRun({
      run: join(out, RUNS, winner.candidate),
      out: join(out, RUNS, PRUNED),
      target: { speed: 2 },
      epochs,
      steps: 1,
      threads: record.threads,
      force: true,
      hooks,
      ...(signal && { signal }),
    });
    if (trained.result.reason === 'stopped') return undefined;
    return {
      ...trial,
      value: trained.result.best?.figures[record.figure.name] ?? 0,
      ms: after.ms ?? null,
      parameters: after.parameters,
      refused: null,
      seconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    if (!(error instanceof YosegiError) || signal?.aborted) throw error;
    return { ...trial, refused: messageOf(error), seconds: (performance.now() - started) / 1000 };
  }
}

/** Removes the runs of those that are out. */
async function cleared(out: string, found: PocFound): Promise<void> {
  const { trials } = found;
  const round = Math.min(ROUNDS - 1, Math.max(0, ...trials.map((t) => t.round)));
  const still = new Set([...contestantsOf(round, trials, termsOf(found)).map((c) => c.name), PRUNED]);
  const folders = await readdir(join(out, RUNS)).catch(() => []);
  for (const name of folders) {
    const refused = trials.findLast((t) => t.candidate === name)?.refused;
    if (!still.has(name) || refused) await rm(join(out, RUNS, name), { recursive: true, force: true });
  }
}

/** The run that is recommended becomes `winner`; the others go. */
async function kept(out: string, { candidate }: Tried): Promise<void> {
  const run = join(out, RUNS, candidate);
  const there = await readdir(run).catch(() => undefined);
  // It was moved already where only the measurements were stopped.
  if (there) {
    await rm(join(out, WINNER), { recursive: true, force: true });
    await rename(run, join(out, WINNER));
  }
  await rm(join(out, RUNS), { recursive: true, force: true });
}

function nothingText({ trials }: PocFound): string {
  const why = trials.map((t) => `${t.candidate}: ${t.refused}`).join('; ');
  return `nothing could be trained within the limits (${why}). Allow more milliseconds (--ms) or more time (--hours)`;
}
