import { random } from '../base/random.ts';
import type { Generator } from './generator.ts';
import type { Candidate, Inquisitor } from './inquisitor.ts';
import type { Job, Probes } from './job.ts';
import { brokenLimits, type Limits, type ScoreWeights, scoreWithin } from './score.ts';
import { type Design, keyOf } from './space.ts';
import { isJudged, type Judged, type Trial, toTheEnd } from './trial.ts';

/** What decides which trial comes next. */
export interface Deciding {
  readonly generator: Generator;
  readonly inquisitor: Inquisitor;
  readonly probes: Pick<Probes, 'cost' | 'expect'>;
  readonly limits: Limits;
  readonly weights: ScoreWeights;
  /** Epochs of each rung, the shortest first. */
  readonly rungs: readonly number[];
  /** One of so many goes on to the next rung. */
  readonly eta?: number;
  readonly seed: number;
}

/** Designs that are drawn for each that is tried. */
const POOL = 48;
/** How many of those that the inquisitor wants to see are looked at part by part. */
const CLOSER = 8;
/** Draws after which a space counts as used up. */
const MOST_DRAWS = 40 * POOL;

/** What is tried next, beside what is under way; undefined where nothing is left to try now. */
export async function nextJob(
  trials: readonly Trial[],
  underWay: readonly Job[],
  deciding: Deciding,
): Promise<Job | undefined> {
  const all: Begun[] = [...trials, ...underWay.map(({ candidate, rung }) => ({ design: candidate.design, rung }))];
  return promoted(trials, all, deciding) ?? fresh(all, deciding);
}

/** A design that was judged, or is being judged. */
interface Begun {
  readonly design: Design;
  readonly rung: number;
}

/** The best of a rung that was not begun on the next one, if it is among the best one of `eta`. */
function promoted(
  trials: readonly Trial[],
  begun: readonly Begun[],
  { rungs, eta = 3, limits, weights }: Deciding,
): Job | undefined {
  for (let rung = rungs.length - 2; rung >= 0; rung--) {
    const here = trials
      .filter(isJudged)
      .filter((t) => t.rung === rung && brokenLimits(t, limits).length === 0)
      .sort((a, b) => scoreWithin(b, weights, limits) - scoreWithin(a, weights, limits));
    const deeper = new Set(begun.filter((t) => t.rung > rung).map((t) => keyOf(t.design)));
    const next = here.slice(0, Math.floor(here.length / eta)).find((t) => !deeper.has(keyOf(t.design)));
    if (next) return { candidate: candidateOf(next), rung: rung + 1, ms: toTheEnd(next) };
  }
  return undefined;
}

const candidateOf = ({ design, parameters, macs, memory }: Judged): Candidate => ({
  ...{ design, parameters, macs },
  ...(memory !== undefined && { memory }),
});

/** A design that was never tried: the one that the inquisitor wants to see most of those that the generator writes. */
async function fresh(
  begun: readonly Begun[],
  { generator, inquisitor, probes, limits, seed }: Deciding,
): Promise<Job | undefined> {
  const rng = random(seed, 'search', begun.length);
  const tried = new Set(begun.map((t) => keyOf(t.design)));
  const pool: Candidate[] = [];
  for (let draws = 0; pool.length < POOL && draws < MOST_DRAWS; draws++) {
    const design = generator.generate(rng);
    if (tried.has(keyOf(design))) continue;
    tried.add(keyOf(design));
    const cost = await probes.cost(design);
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
