import type { Candidate } from './candidate.ts';
import type { PocRecord } from './record.ts';
import { finalistsOf, spent } from './rounds.ts';
import type { PocTrial, Tried } from './trial.ts';

/** A proof of concept as it is told: each candidate with its deepest trial, the best first. */
export interface PocStory {
  readonly record: PocRecord;
  readonly rows: readonly { readonly candidate: Candidate; readonly last: PocTrial | undefined }[];
  readonly chosen: Tried;
  /** What it was chosen from. */
  readonly finalists: readonly Tried[];
  readonly trainings: number;
  readonly seconds: number;
}

export function storyOf(record: PocRecord, trials: readonly PocTrial[], chosen: Tried): PocStory {
  const { candidates } = record;
  const known = new Set(candidates.map((c) => c.name));
  const made = trials.find((t) => !known.has(t.candidate));
  const all = [...candidates, ...(made ? [prunedFrom(made, chosen, candidates)] : [])];
  const last = ({ name }: Candidate) =>
    trials.findLast((t) => t.candidate === name && t.value !== null) ?? trials.findLast((t) => t.candidate === name);
  const rows = all.map((candidate) => ({ candidate, last: last(candidate) }));
  return {
    record,
    rows: [...rows].sort((a, b) => (b.last?.value ?? -1) - (a.last?.value ?? -1)),
    chosen,
    finalists: finalistsOf(trials, record),
    trainings: trials.filter((t) => t.value !== null).length,
    seconds: spent(trials),
  };
}

/** What was made of the winner is no candidate from the beginning. */
function prunedFrom({ candidate }: PocTrial, { candidate: chosen }: Tried, all: readonly Candidate[]): Candidate {
  const size = all.find(({ name }) => name === chosen)?.options.size;
  return { name: candidate, way: 'prune', options: { ...(size !== undefined && { size }) }, epochs: 1, most: 1 };
}
