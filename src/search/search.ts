import { random } from '../base/random.ts';
import type { Generator } from './generator.ts';
import type { Candidate, Inquisitor } from './inquisitor.ts';
import { brokenLimits, type Limits, type ScoreWeights, score } from './score.ts';
import { type Choice, type Design, keyOf } from './space.ts';
import { isJudged, type Judged, levelled, type Trial } from './trial.ts';

/** What can be found out of a design, the cheapest first. */
export interface Probes {
  /** Size and work of the network; words where it cannot be built. */
  cost(design: Design): { readonly parameters: number; readonly macs: number } | string;
  /** Milliseconds for one picture, from what its parts take; asked before it is timed whole. */
  expect?(design: Design): Promise<number>;
  /** Milliseconds for one picture on this machine. */
  time(design: Design): Promise<number>;
  /** The leading figure after a training of so many epochs; undefined where it was stopped. */
  train(design: Design, epochs: number, number: number): Promise<number | undefined>;
}

export interface SearchOptions {
  readonly choices: readonly Choice[];
  readonly generator: Generator;
  readonly inquisitor: Inquisitor;
  readonly probes: Probes;
  readonly limits: Limits;
  readonly weights: ScoreWeights;
  /** Epochs of each rung, the shortest first. */
  readonly rungs: readonly number[];
  /** One of so many goes on to the next rung. */
  readonly eta?: number;
  readonly seed: number;
  /** Trials that are done already. */
  readonly trials: readonly Trial[];
  /** Whether to go on, asked before each trial. */
  readonly goOn: (trials: readonly Trial[]) => boolean;
  readonly onTrial: (trial: Trial) => Promise<void> | void;
  readonly onJob?: (job: Job, trials: readonly Trial[]) => void;
}

/** What is tried next. */
export interface Job {
  readonly candidate: Candidate;
  readonly rung: number;
  /** From an earlier rung, where it was timed. */
  readonly ms?: number;
}

/** Designs that are drawn for each that is tried. */
const POOL = 48;
/** How many of those that the inquisitor wants to see are looked at part by part. */
const CLOSER = 8;
/** Draws after which a space counts as used up. */
const MOST_DRAWS = 40 * POOL;

/**
 * Generative architecture search: G* = argmax U(G(s)) subject to 1_r(G(s)) = 1 (papers/turbovit.md §2). The generator writes designs, the
 * inquisitor says which of them to look at, the answers teach both. Judged in rungs: the best third of those that were trained for a short
 * time is trained for longer (asynchronous successive halving, Li et al. 2020). What comes next hangs on the trials alone: a search that
 * goes on after a stop goes the same way.
 */
export async function search(options: SearchOptions): Promise<Trial[]> {
  const { generator, inquisitor, probes, limits, rungs } = options;
  const trials = [...options.trials];
  const learn = () => {
    inquisitor.learn(trials);
    generator.learn(scored(trials, options));
  };
  learn();
  while (options.goOn(trials)) {
    const job = await nextJob(trials, options);
    if (!job) break;
    options.onJob?.(job, trials);
    const start = performance.now();
    const { candidate, rung } = job;
    const ms = job.ms ?? (await probes.time(candidate.design));
    const broken = brokenLimits({ ...candidate, ms }, limits);
    const accuracy = broken.length > 0 ? null : await probes.train(candidate.design, rungs[rung]!, trials.length);
    if (accuracy === undefined) break;
    const trial: Trial = {
      number: trials.length,
      ...candidate,
      design: [...candidate.design],
      rung,
      accuracy,
      ms,
      seconds: Math.round((performance.now() - start) / 100) / 10,
      ...(broken.length > 0 && { refused: `above the limit of ${broken.join(' and ')}` }),
    };
    trials.push(trial);
    await options.onTrial(trial);
    learn();
  }
  return trials;
}

/** The designs that keep to the limits, each as it was judged deepest, with what it would reach and its score. */
export function scored(
  trials: readonly Trial[],
  { limits, weights, rungs }: Pick<SearchOptions, 'limits' | 'weights' | 'rungs'>,
): (Judged & { readonly score: number })[] {
  return levelled(trials, rungs.length)
    .filter((t) => brokenLimits(t, limits).length === 0)
    .map((t) => ({ ...t, score: score(t, weights) }));
}

/** The best design of those that were judged deepest; undefined where none kept to the limits. */
export function winnerOf(
  trials: readonly Trial[],
  options: Pick<SearchOptions, 'limits' | 'weights' | 'rungs'>,
): (Judged & { readonly score: number }) | undefined {
  const all = scored(trials, options);
  const rung = Math.max(...all.map((t) => t.rung));
  return all.filter((t) => t.rung === rung).sort((a, b) => b.score - a.score)[0];
}

/** Designs that no other beats in accuracy and in milliseconds, the fastest first. */
export function front(trials: readonly Trial[], record: Pick<SearchOptions, 'limits' | 'weights' | 'rungs'>): Judged[] {
  const all = scored(trials, record).sort((a, b) => a.ms - b.ms || b.accuracy - a.accuracy);
  let best = Number.NEGATIVE_INFINITY;
  return all.filter(({ accuracy }) => {
    if (accuracy <= best) return false;
    best = accuracy;
    return true;
  });
}

async function nextJob(trials: readonly Trial[], options: SearchOptions): Promise<Job | undefined> {
  return promoted(trials, options) ?? fresh(trials, options);
}

/** The best of a rung that has not been judged on the next one, if it is among the best one of `eta`. */
function promoted(trials: readonly Trial[], { rungs, eta = 3, limits, weights }: SearchOptions): Job | undefined {
  for (let rung = rungs.length - 2; rung >= 0; rung--) {
    const here = trials
      .filter(isJudged)
      .filter((t) => t.rung === rung && brokenLimits(t, limits).length === 0)
      .sort((a, b) => score(b, weights) - score(a, weights));
    const deeper = new Set(trials.filter((t) => t.rung > rung).map((t) => keyOf(t.design)));
    const next = here.slice(0, Math.floor(here.length / eta)).find((t) => !deeper.has(keyOf(t.design)));
    if (next) {
      const { design, parameters, macs, ms } = next;
      return { candidate: { design, parameters, macs }, rung: rung + 1, ms };
    }
  }
  return undefined;
}

/** A design that was never tried: the one that the inquisitor wants to see most of those that the generator writes. */
async function fresh(
  trials: readonly Trial[],
  { generator, inquisitor, probes, limits, seed }: SearchOptions,
): Promise<Job | undefined> {
  const rng = random(seed, 'search', trials.length);
  const tried = new Set(trials.map((t) => keyOf(t.design)));
  const pool: Candidate[] = [];
  for (let draws = 0; pool.length < POOL && draws < MOST_DRAWS; draws++) {
    const design = generator.generate(rng);
    if (tried.has(keyOf(design))) continue;
    tried.add(keyOf(design));
    const cost = probes.cost(design);
    if (typeof cost !== 'string' && brokenLimits(cost, limits).length === 0) pool.push({ design, ...cost });
  }
  const asked = inquisitor.ask(pool, limits);
  for (const candidate of asked.slice(0, CLOSER)) {
    if (limits.ms === undefined || !probes.expect || (await probes.expect(candidate.design)) <= limits.ms)
      return { candidate, rung: 0 };
  }
  // Where all are thought too slow, the least work shows whether that is so.
  const [least] = [...(asked.length > 0 ? asked : pool)].sort((a, b) => a.macs - b.macs);
  return least && { candidate: least, rung: 0 };
}
