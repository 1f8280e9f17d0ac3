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
    const open = contestantsOf(round, trials, terms).filter(
      ({ name }) => !trials.some((t) => t.round === round && t.candidate === name),
    );
    // What candidates before it left over is shared by those behind.
    const allowed = terms.seconds * SHARES.slice(0, round + 1).reduce((a, b) => a + b, 0) - spent(trials);
    const seconds = Math.max(0, allowed / open.length);
    for (const candidate of open) {
      const before = lastOf(candidate, trials, round);
      const epochs = epochsOf(candidate, round, before, seconds);
      // As long as it was trained already: nothing new would be learned of it.
      if (round > 0 && epochs <= before!.epochs) continue;
      return { candidate, round, epochs, seconds: 2 * seconds };
    }
  }
  return undefined;
}

/** The deepest trial of a candidate before a round. One that ended badly in a deeper trial stays what it was before. */
const lastOf = ({ name }: Candidate, trials: readonly PocTrial[], round: number): Tried | undefined =>
  trials.filter(isTried).findLast((t) => t.candidate === name && t.round < round);

/** Seconds that all trials together took. */
export const spent = (trials: readonly PocTrial[]): number => trials.reduce((sum, t) => sum + t.seconds, 0);

/** Who is looked at in a round, by what was known before it: all, then the best third of those before, among them the fastest of the equally good. */
export function contestantsOf(round: number, trials: readonly PocTrial[], terms: Terms): readonly Candidate[] {
  if (round === 0) return terms.candidates;
  const before = contestantsOf(round - 1, trials, terms).flatMap((c) => lastOf(c, trials, round) ?? []);
  const most = round === ROUNDS - 1 ? 2 : Math.max(2, Math.ceil(before.length / ETA));
  const ranked = [...before].sort((a, b) => b.value - a.value || a.ms - b.ms);
  const quick = fastestAsGood(ranked, terms.validated);
  const names = [...new Set([quick, ...ranked].flatMap((t) => t?.candidate ?? []))].slice(0, most);
  return terms.candidates.filter((c) => names.includes(c.name));
}

/** Three times as long as in the round before, as far as the time allows: what an epoch took then, it takes again. */
function epochsOf(candidate: Candidate, round: number, before: Tried | undefined, seconds: number): number {
  const wanted = Math.min(candidate.most, candidate.epochs * 3 ** round);
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

/** What a recommendation is chosen from: the deepest trials of those of the last round, and what was made of them. */
export function finalistsOf(trials: readonly PocTrial[], terms: Terms): readonly Tried[] {
  const last = contestantsOf(ROUNDS - 1, trials, terms).flatMap((c) => lastOf(c, trials, ROUNDS) ?? []);
  return [...last, ...trials.filter(isTried).filter((t) => t.round >= ROUNDS)];
}

/** What is recommended: of the finalists the fastest of the equally good. */
export const chosenOf = (trials: readonly PocTrial[], terms: Terms): Tried | undefined =>
  fastestAsGood(finalistsOf(trials, terms), terms.validated);

/** Whether the run of a trial may still be needed: its candidate is looked at, and no deeper one stands in for it. */
export function isNeeded(trial: PocTrial, trials: readonly PocTrial[], terms: Terms): boolean {
  const last = trials.filter(isTried).findLast((t) => t.candidate === trial.candidate);
  if (last?.round !== trial.round) return false;
  const round = nextTrial(trials, terms)?.round ?? ROUNDS - 1;
  return trial.round >= ROUNDS || contestantsOf(round, trials, terms).some((c) => c.name === trial.candidate);
}
