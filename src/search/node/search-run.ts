import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFolder } from '../../base/node/lock.ts';
import { yosegiVersion } from '../../base/node/version.ts';
import { describeMachine } from '../../measure/node/machine.ts';
import type { Hooks, TrainRunResult } from '../../run/node/fit.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { besides, centreOf, neighbours } from '../around.ts';
import { generators } from '../generator.ts';
import { type Effect, inquisitor } from '../inquisitor.ts';
import type { Job, Probes } from '../job.ts';
import { keptTimes } from '../latency/node/kept.ts';
import { openQueue } from '../queue/node/open.ts';
import { search, winnerOf } from '../search.ts';
import { choicesOf, type Space, spaceOf } from '../space.ts';
import type { Judged, Trial } from '../trial.ts';
import { asking } from './asking.ts';
import { type Beginning, begun } from './begin.ts';
import { readSearch, readTrials, SEARCH_FILE, type SearchRecord, writeTrials } from './journal.ts';
import { type PartsTimed, probesOf } from './probes.ts';
import type { Responses } from './responses.ts';
import { trainingOf } from './train-trial.ts';
import { trainWinner, winnersResponses } from './winner.ts';

export interface SearchRunOptions {
  readonly out: string;
  /** What is begun; left out where a search goes on. */
  readonly begin?: Beginning;
  /** Working time of all its parts together, after which no trial begins. */
  readonly seconds?: number;
  /** Trials after which none begins. */
  readonly trials?: number;
  /** Whether every neighbour of the best design is trained too when the time is over, to tell what each of its choices is worth. */
  readonly ablate?: boolean;
  /** Epochs of the winner's own training; 0: it is not trained. */
  readonly epochs: number;
  readonly hooks?: Hooks;
  /** Who trains, instead of this process: a folder that all machines see. */
  readonly queue?: string;
  /** Trials that wait there for a worker. */
  readonly ahead?: number;
  readonly onJob?: (job: Job, trials: readonly Trial[]) => void;
  readonly onTrial?: (trial: Trial, found: Found) => void;
  /** Before the best design's neighbours are trained; with how many at most. */
  readonly onAblate?: (found: Found, most: number) => void;
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
  /** Parts of networks whose times were known, and that were timed, and the file that keeps them; only where milliseconds are limited. */
  readonly parts: PartsTimed & { readonly file: string };
  /** The winner's own training, a run in `winner`. */
  readonly trained?: TrainRunResult;
  /** What each block of the trained winner answers for. */
  readonly responses?: Responses;
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
  let ablating = false;
  const over = () => !ablating && all.reduce((s, t) => s + t.seconds, 0) >= seconds;
  const kept = await keptOn(runtime, record.threads, hooks);
  const probes = probesOf({ folder: out, record, space, runtime, kept, hooks, ...(signal && { signal }) });
  let crew: Awaited<ReturnType<typeof crewOf>>;
  try {
    crew = await crewOf(record, space, all, probes, { ...options, over });
    const shared = {
      generator,
      inquisitor: asks,
      ...settings,
      probes: { ...probes, train: crew?.train ?? probes.train },
      ...(crew && { crew: crew.crew }),
      onTrial: async (trial: Trial) => {
        all.push(trial);
        await writeTrials(out, all);
        options.onTrial?.(trial, found());
        await crew?.settle(trial);
      },
      ...(options.onJob && { onJob: options.onJob }),
    };
    await search({
      ...shared,
      trials: [...all],
      ...(crew && { underWay: crew.underWay }),
      goOn: (done, underWay) => !signal?.aborted && done.length + underWay < most && !over(),
    });
    const centre = options.ablate ? centreOf(all, found().winner) : undefined;
    if (centre && !signal?.aborted) {
      ablating = true;
      options.onAblate?.(found(), neighbours(choices, centre.design).length);
      const next = besides(centre, choices);
      await search({ ...shared, trials: [...all], next, goOn: () => !signal?.aborted });
    }
  } finally {
    await crew?.close();
    await runtime.close();
  }
  const stopped = signal?.aborted ?? false;
  const { winner } = found();
  const toTrain = winner && !stopped && options.epochs > 0;
  if (toTrain) options.onWinner?.(found());
  const trained = toTrain ? await trainWinner(winner.design, record, space, options) : undefined;
  const responses = trained && !signal?.aborted ? await winnersResponses(record, kept, options) : undefined;
  return {
    ...found(),
    stopped: stopped || trained?.result.reason === 'stopped',
    effects: asks.effects(),
    parts: { ...probes.parts(), file: kept.file },
    ...(trained && { trained }),
    ...(responses && { responses }),
  };
}

/** What was measured of parts of networks on this machine, with this runtime and as many threads. */
async function keptOn(runtime: Runtime, threads: number, { onNotice }: Hooks) {
  const { cpu, cores, os, runtime: name } = describeMachine(runtime);
  const device = { cpu, cores, os, runtime: name, yosegi: await yosegiVersion(), threads };
  return keptTimes({ device, ...(onNotice && { onNotice }) });
}

/** The workers behind a queue, where one is asked. */
async function crewOf(
  record: SearchRecord,
  space: Space,
  trials: readonly Trial[],
  { cost }: Probes,
  { queue: place, ahead, hooks, signal, over }: SearchRunOptions & { readonly over: () => boolean },
) {
  if (place === undefined) return undefined;
  const queue = await openQueue(place);
  const ended = new AbortController();
  const asks = asking({
    queue,
    record,
    trainingOf: (design) => trainingOf(record, space, design),
    over,
    signal: AbortSignal.any([ended.signal, ...(signal ? [signal] : [])]),
    ...(ahead !== undefined && { ahead }),
    ...(hooks?.onNotice && { onNotice: hooks.onNotice }),
  });
  const underWay = await asks.underWay(trials, cost);
  const close = () => {
    ended.abort();
    return queue.close();
  };
  return { ...asks, underWay, close };
}
