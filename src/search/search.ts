import { check } from '../base/errors.ts';
import { type Crew, type Job, oneAtATime, type Probes, type TimedJob, type Trained } from './job.ts';
import { type Deciding, nextJob } from './next.ts';
import { brokenLimits, reachesFloor, scoreWithin } from './score.ts';
import { type Judged, levelled, type Trial } from './trial.ts';

export interface SearchOptions extends Deciding {
  readonly probes: Probes;
  /** Trials that are done already. */
  readonly trials: readonly Trial[];
  /** Trainings that an earlier part of the search began, and that go on. */
  readonly underWay?: readonly TimedJob[];
  /** Default: one training after the other. */
  readonly crew?: Crew;
  /** Whether to go on, asked before each trial; with how many are under way. */
  readonly goOn: (trials: readonly Trial[], underWay: number) => boolean;
  /** What is tried next; default: as generator, inquisitor and rungs say. */
  readonly next?: typeof nextJob;
  readonly onTrial: (trial: Trial) => Promise<void> | void;
  readonly onJob?: (job: Job, trials: readonly Trial[]) => void;
}

/** A training that is no longer under way. */
interface Ended {
  readonly job: TimedJob;
  /** What timing it took. */
  readonly seconds: number;
  /** Undefined where it was stopped. */
  readonly trained?: Trained | undefined;
  readonly failed?: { readonly error: unknown };
}

/**
 * Generative architecture search: G* = argmax U(G(s)) subject to 1_r(G(s)) = 1 (papers/turbovit.md §2). The generator writes designs, the
 * inquisitor says which of them to look at, the answers teach both. Judged in rungs: the best third of those that were trained for a short
 * time is trained for longer (asynchronous successive halving, Li et al. 2020). What comes next hangs on the trials alone, those under way
 * among them: a search that goes on after a stop goes the same way. Networks are timed one at a time, however many are trained.
 */
export async function search(options: SearchOptions): Promise<Trial[]> {
  const { generator, inquisitor, probes, limits, rungs, crew = oneAtATime, next = nextJob } = options;
  const trials = [...options.trials];
  const underWay = new Map<TimedJob, Promise<Ended>>();
  const begin = (job: TimedJob, seconds = 0) => {
    const training = probes.train(job, rungs[job.rung]!, trials.length + underWay.size);
    const failed = (error: unknown): Ended => ({ job, seconds, failed: { error } });
    underWay.set(
      job,
      training.then((trained) => ({ job, seconds, trained }), failed),
    );
  };
  const told = async (trial: Trial) => {
    trials.push(trial);
    await options.onTrial(trial);
  };
  const learn = () => {
    inquisitor.learn(
      trials,
      [...underWay.keys()].map(({ candidate }) => candidate.design),
    );
    generator.learn(scored(trials, options));
  };
  for (const job of options.underWay ?? []) begin(job);
  // Whether another trial may be begun: not after a stop, nor where nothing is left to try until something is known.
  let [stopped, waits] = [false, false];
  for (;;) {
    while (!stopped && !waits && crew.free(underWay.size) && options.goOn(trials, underWay.size)) {
      learn();
      const job = await next(trials, [...underWay.keys()], options);
      waits = !job;
      if (!job) break;
      options.onJob?.(job, trials);
      const start = performance.now();
      const timed = { ...job, ms: job.ms ?? (await probes.time(job.candidate.design)) };
      const seconds = (performance.now() - start) / 1000;
      const broken = brokenLimits({ ...job.candidate, ms: timed.ms }, limits);
      if (broken.length === 0) begin(timed, seconds);
      else {
        const refused = `above the limit of ${broken.join(' and ')}`;
        await told({ ...trialOf(timed, trials.length, null, seconds), refused });
      }
    }
    if (underWay.size === 0) break;
    const end = await Promise.race([...underWay.values(), crew.pause()]);
    if (!end) continue;
    underWay.delete(end.job);
    if (end.failed) throw end.failed.error;
    stopped ||= !end.trained;
    waits = false;
    const { job, trained } = end;
    if (trained) {
      const trial = trialOf(job, trials.length, trained.figure, end.seconds + trained.seconds);
      await told({ ...trial, ...(await asTheyLeave(job, trained, probes)) });
    }
  }
  learn();
  return trials;
}

/** Milliseconds of a network that pictures leave early: the mean over all of them. */
async function asTheyLeave(
  { candidate, ms }: TimedJob,
  { leaving }: Trained,
  probes: Probes,
): Promise<Pick<Trial, 'ms' | 'exits'> | undefined> {
  if (!leaving) return undefined;
  const times = await probes.timeExits?.(candidate.design);
  check(
    times?.length === leaving.length,
    () => `pictures leave at ${leaving.length} exits, and ${times?.length ?? 'none'} were timed`,
  );
  // The end's time is the job's, which another process may have measured.
  const mean = leaving.reduce((sum, share, k) => sum + (share * times[k]!) / times.at(-1)!, 0);
  return { ms: ms * mean, exits: { end: ms, leaving: [...leaving] } };
}

const trialOf = (
  { candidate, rung, ms, around }: TimedJob,
  number: number,
  accuracy: number | null,
  seconds: number,
): Trial => ({
  number,
  ...candidate,
  design: [...candidate.design],
  rung,
  ...(around !== undefined && { around }),
  accuracy,
  ms,
  seconds: Math.round(10 * seconds) / 10,
});

/** The designs that keep to the limits, each as it was judged deepest, with what it would reach and its score. */
export function scored(
  trials: readonly Trial[],
  { limits, weights, rungs }: Pick<Deciding, 'limits' | 'weights' | 'rungs'>,
): (Judged & { readonly score: number })[] {
  return levelled(trials, rungs.length)
    .filter((t) => brokenLimits(t, limits).length === 0)
    .map((t) => ({ ...t, score: scoreWithin(t, weights, limits) }));
}

/** The best design of those that were judged deepest; undefined where none kept to the limits, or reached the least accuracy. */
export function winnerOf(
  trials: readonly Trial[],
  options: Pick<Deciding, 'limits' | 'weights' | 'rungs'>,
): (Judged & { readonly score: number }) | undefined {
  const all = scored(trials, options);
  const rung = Math.max(...all.map((t) => t.rung));
  return all.filter((t) => t.rung === rung && reachesFloor(t, options.limits)).sort((a, b) => b.score - a.score)[0];
}

/** Designs that no other beats in accuracy and in milliseconds, the fastest first. */
export function front(trials: readonly Trial[], record: Pick<Deciding, 'limits' | 'weights' | 'rungs'>): Judged[] {
  const all = scored(trials, record).sort((a, b) => a.ms - b.ms || b.accuracy - a.accuracy);
  let best = Number.NEGATIVE_INFINITY;
  return all.filter(({ accuracy }) => {
    if (accuracy <= best) return false;
    best = accuracy;
    return true;
  });
}
