import type { Candidate } from './candidate.ts';
import { isTried, type PocTrial, type Tried } from './trial.ts';

/** Looks at the candidates, each deeper and at fewer of them. */
export const ROUNDS = 3;
/** Share of the time that each round may take; the rest is for a pruned network and for measuring. */
const SHARES = [0.35, 0.25, 0.25];
/** Of the candidates of a round, one of so many goes on; never fewer than two. */
const ETA = 3;

/** What is done next. */
export interface Next {
  readonly candidate: Candidate;
  readonly round: number;
  readonly epochs: number;
  /** Seconds after which it is given up; it could not be finished in time. */
  readonly seconds: number;
}

export interface Terms {
  readonly candidates: readonly Candidate[];
  /** Of all rounds together. */
  readonly seconds: number;
  /** Pictures that are validated on. */
  readonly validated: number;
}

/**
 * Successive halving (Jamieson and Talwalkar, AISTATS 2016) with a clock: every round trains fewer candidates three times as long, but none
 * longer than its part of the time allows. Follows from the trials alone, so that a run that was stopped goes on where it was.
 */
export function nextTrial(trials: readonly PocTrial[], terms: Terms): Next | undefined {
  for (let round = 0; round < ROUNDS; round++) {
    const open = contestantsOf(round, trials, terms).filter((c) => !isDone(c, round, trials));
    // What candidates before it left over is shared by those behind.
    const allowed = terms.seconds * SHARES.slice(0, round + 1).reduce((a, b) => a + b, 0) - spent(trials);
    const seconds = Math.max(0, allowed / open.length);
    for (const candidate of open) {
      const epochs = epochsOf(candidate, round, trials, seconds);
      // As long as it was trained already: nothing new would be learned of it.
      if (round > 0 && epochs <= lastOf(candidate, trials)!.epochs) continue;
      return { candidate, round, epochs, seconds: round === 0 ? 2 * seconds : Number.POSITIVE_INFINITY };
    }
  }
  return undefined;
}

const isDone = ({ name }: Candidate, round: number, trials: readonly PocTrial[]) =>
  trials.some((t) => t.round === round && t.candidate === name);

/** The deepest trial of a candidate. */
const lastOf = ({ name }: Candidate, trials: readonly PocTrial[]): Tried | undefined =>
  trials.filter(isTried).findLast((t) => t.candidate === name);

/** Seconds that all trials together took. */
export const spent = (trials: readonly PocTrial[]): number => trials.reduce((sum, t) => sum + t.seconds, 0);

/** Who is looked at in a round: all, then the best third of those before, among them the fastest of the equally good. */
export function contestantsOf(round: number, trials: readonly PocTrial[], terms: Terms): readonly Candidate[] {
  if (round === 0) return terms.candidates;
  const before = contestantsOf(round - 1, trials, terms).flatMap((c) => lastOf(c, trials) ?? []);
  const most = round === ROUNDS - 1 ? 2 : Math.max(2, Math.ceil(before.length / ETA));
  const ranked = [...before].sort((a, b) => b.value - a.value || a.ms - b.ms);
  const quick = fastestAsGood(ranked, terms.validated);
  const names = [...new Set([quick, ...ranked].flatMap((t) => t?.candidate ?? []))].slice(0, most);
  return terms.candidates.filter((c) => names.includes(c.name));
}

/** Three times as long as in the round before, as far as the time allows: what an epoch took then, it takes again. */
function epochsOf(candidate: Candidate, round: number, trials: readonly PocTrial[], seconds: number): number {
  const wanted = Math.min(candidate.most, candidate.epochs * 3 ** round);
  const before = lastOf(candidate, trials);
  if (!before || before.epochs === 0) return wanted;
  return Math.min(wanted, Math.floor(seconds / (before.seconds / before.epochs)));
}

/** The fastest of those that are as good as the best, as far as this many pictures can tell: within one standard error of it. */
export function fastestAsGood(tried: readonly Tried[], validated: number): Tried | undefined {
  const best = Math.max(...tried.map((t) => t.value));
  const least = best - standardError(best, validated);
  return [...tried].filter((t) => t.value >= least).sort((a, b) => a.ms - b.ms || b.value - a.value)[0];
}

/** Of a share that was counted on so many pictures; one right and one wrong are added, as all of a few is not all of many. */
export const standardError = (share: number, pictures: number): number => {
  const p = (Math.min(1, Math.max(0, share)) * pictures + 1) / (pictures + 2);
  return Math.sqrt((p * (1 - p)) / (pictures + 2));
};

/** What is recommended: of those of the last round, and what was made of them, the fastest of the equally good. */
export function chosenOf(trials: readonly PocTrial[], terms: Terms): Tried | undefined {
  const last = contestantsOf(ROUNDS - 1, trials, terms).flatMap((c) => lastOf(c, trials) ?? []);
  const made = trials.filter(isTried).filter((t) => t.round >= ROUNDS);
  return fastestAsGood([...last, ...made], terms.validated);
}
