import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { check } from '../../base/errors.ts';
import { lockFolder } from '../../base/node/lock.ts';
import { isFileAt } from '../../base/node/there.ts';
import { yosegiVersion } from '../../base/node/version.ts';
import { describeMachine } from '../../measure/node/machine.ts';
import { openDrawn } from '../../run/node/drawn.ts';
import type { Hooks, TrainRunResult } from '../../run/node/fit.ts';
import { planOf } from '../../run/node/plan.ts';
import { trainRun } from '../../run/node/train-run.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { taskOf } from '../../tasks/node/read-layout.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { TrainOptions } from '../../train/options.ts';
import { type GeneratorName, generators } from '../generator.ts';
import { type Effect, inquisitor } from '../inquisitor.ts';
import type { Limits, ScoreWeights } from '../score.ts';
import { type Job, scored, search, winnerOf } from '../search.ts';
import { choicesOf, type Space, settle, spaceOf } from '../space.ts';
import type { Judged, Trial } from '../trial.ts';
import { readSearch, readTrials, SEARCH_FILE, type SearchRecord, writeSearch, writeTrials } from './journal.ts';
import { probesOf, trainingOf } from './probes.ts';

export interface SearchRunOptions {
  readonly out: string;
  /** What is begun; left out where a search goes on. */
  readonly begin?: {
    readonly data: string;
    readonly space: Space;
    readonly task?: string;
    readonly size?: number | readonly [number, number];
    readonly generator: GeneratorName;
    readonly limits: Limits;
    readonly weights: ScoreWeights;
    readonly rungs: readonly number[];
    readonly eta?: number;
    readonly seed: number;
    readonly train?: Partial<TrainOptions>;
    readonly threads?: number;
    readonly force?: boolean;
  };
  /** Working time of all its parts together, after which no trial begins. */
  readonly seconds?: number;
  /** Trials after which none begins. */
  readonly trials?: number;
  /** Epochs of the winner's own training; 0: it is not trained. */
  readonly epochs: number;
  readonly hooks?: Hooks;
  readonly onJob?: (job: Job, trials: readonly Trial[]) => void;
  readonly onTrial?: (trial: Trial, found: Found) => void;
  /** Before the winner's own training. */
  readonly onWinner?: (found: Found) => void;
  readonly signal?: AbortSignal;
}

/** How far a search is. */
export interface Found {
  readonly record: SearchRecord;
  readonly space: Space;
  readonly trials: readonly Trial[];
  /** The best of those that were judged deepest. */
  readonly winner: (Judged & { readonly score: number }) | undefined;
}

export interface SearchResult extends Found {
  readonly stopped: boolean;
  readonly effects: readonly Effect[];
  readonly preferences: readonly (readonly number[])[];
  /** The winner's own training, a run in `winner`. */
  readonly trained?: TrainRunResult;
}

/**
 * Searches a space of designs on a folder of images, and trains what it finds. Every trial that ended is on the disk; a search that was
 * stopped or killed goes on from there.
 */
export async function searchRun(options: SearchRunOptions): Promise<SearchResult> {
  const { out, hooks = {}, signal } = options;
  await mkdir(out, { recursive: true });
  const lock = await lockFolder(out, { what: 'search' });
  try {
    if (lock.tookOver) hooks.onNotice?.(lock.tookOver);
    const record = options.begin ? await begun(out, options.begin, hooks) : await readSearch(out);
    return await searched(record, { ...options, hooks, ...(signal && { signal }) });
  } finally {
    await lock.release();
  }
}

/** Writes down what is searched, in a folder that holds no search, or one that may be replaced. */
async function begun(
  out: string,
  {
    data,
    space,
    force,
    task: named,
    train = {},
    threads = 1,
    eta = 3,
    rungs,
    ...rest
  }: NonNullable<SearchRunOptions['begin']>,
  hooks: Hooks,
): Promise<SearchRecord> {
  const there = await isFileAt(join(out, SEARCH_FILE));
  const others = (await readdir(out)).filter((name) => !name.startsWith('.'));
  check(others.length === 0 || (there && force), () =>
    there
      ? `${out} already holds a search: go on with it (--resume), replace it (--force), or choose another --out`
      : `${out} is not empty and no search: choose another --out`,
  );
  const task = named === undefined ? await taskOf(data) : taskNamed(named);
  const [headline] = task.figures;
  check(
    headline?.share && !task.fitting,
    () => `the task ${task.name} is not searched for: it has no figure between 0 and 1 that training moves`,
  );
  const first = settle(
    space,
    choicesOf(space).map(() => 0),
  );
  const size = rest.size ?? first.size;
  const plan = await planOf(
    task,
    { model: first.model, overrides: first.overrides, train, ...(size !== undefined && { size }) },
    undefined,
  );
  const dataset = await openDrawn(data, task, plan.settings, plan.preprocessing, hooks.onScan);
  const { classes } = dataset;
  await dataset.close();
  const machine = describeMachine(await nativeRuntime());
  const record: SearchRecord = {
    format: 1,
    kind: 'yosegi-search',
    yosegi: await yosegiVersion(),
    created: new Date().toISOString(),
    data: resolve(data),
    task: task.name,
    classes: [...classes],
    space: { ...space },
    generator: rest.generator,
    limits: rest.limits,
    weights: rest.weights,
    rungs: [...rungs],
    eta,
    seed: rest.seed,
    size: [plan.preprocessing.size[0], plan.preprocessing.size[1]],
    train: { ...train },
    threads,
    machine: `${machine.cpu}, ${machine.cores} cores, ${machine.runtime}`,
  };
  for (const name of ['trials.jsonl', 'trials', 'winner', 'why.html', 'why.ja.html'])
    await rm(join(out, name), { recursive: true, force: true });
  await writeSearch(out, record);
  return record;
}

async function searched(
  record: SearchRecord,
  options: SearchRunOptions & { readonly hooks: Hooks },
): Promise<SearchResult> {
  const { out, hooks, signal, seconds = Number.POSITIVE_INFINITY, trials: most = Number.POSITIVE_INFINITY } = options;
  const space = spaceOf(record.space, join(out, SEARCH_FILE));
  const { limits, weights, rungs, eta, seed } = record;
  const settings = { limits, weights, rungs, eta, seed };
  const choices = choicesOf(space);
  const runtime = await nativeRuntime({ threads: record.threads });
  const generator = generators[record.generator](choices);
  const asks = inquisitor(choices, { weights, rungs: rungs.length });
  const all = await readTrials(out);
  const found = (): Found => ({ record, space, trials: all, winner: winnerOf(all, record) });
  await search({
    choices,
    generator,
    inquisitor: asks,
    probes: probesOf({ folder: out, record, space, runtime, hooks, ...(signal && { signal }) }),
    ...settings,
    trials: [...all],
    goOn: (done) => !signal?.aborted && done.length < most && done.reduce((s, t) => s + t.seconds, 0) < seconds,
    onTrial: async (trial) => {
      all.push(trial);
      await writeTrials(out, all);
      options.onTrial?.(trial, found());
    },
    ...(options.onJob && { onJob: options.onJob }),
  });
  await runtime.close();
  const stopped = signal?.aborted ?? false;
  const { winner } = found();
  const toTrain = winner && !stopped && options.epochs > 0;
  if (toTrain) options.onWinner?.(found());
  const trained = toTrain ? await trainWinner(winner, record, space, options) : undefined;
  return {
    ...found(),
    stopped: stopped || trained?.result.reason === 'stopped',
    effects: asks.effects(),
    preferences: generator.preferences(),
    ...(trained && { trained }),
  };
}

/** The winner's whole training: a run like any other. */
function trainWinner(
  winner: Judged,
  record: SearchRecord,
  space: Space,
  { out, epochs, hooks, signal }: SearchRunOptions,
): Promise<TrainRunResult> {
  return trainRun({
    ...trainingOf(record, space, winner.design),
    train: { ...record.train, epochs },
    out: join(out, 'winner'),
    force: true,
    ...(hooks && { hooks }),
    ...(signal && { signal }),
  });
}

/** Designs that no other beats in accuracy and in milliseconds, the fastest first. */
export function front(trials: readonly Trial[], record: Pick<SearchRecord, 'limits' | 'weights' | 'rungs'>): Judged[] {
  const all = scored(trials, record).sort((a, b) => a.ms - b.ms || b.accuracy - a.accuracy);
  let best = Number.NEGATIVE_INFINITY;
  return all.filter(({ accuracy }) => {
    if (accuracy <= best) return false;
    best = accuracy;
    return true;
  });
}
