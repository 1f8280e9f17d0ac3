import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, candidatesFor, type Source } from './candidate.ts';
import {
  chosenOf,
  contestantsOf,
  fastestAsGood,
  isNeeded,
  type Next,
  nextTrial,
  ROUNDS,
  spent,
  type Terms,
} from './rounds.ts';
import type { PocTrial } from './trial.ts';

const box: Source = {
  weights: 'box:net',
  config: {
    input: {
      size: [224, 224],
      cropPct: 1,
      cropMode: 'squash',
      interpolation: 'bicubic',
      mean: [0, 0, 0],
      std: [1, 1, 1],
    },
  },
  fineTune: { freeze: ['blocks.4'] },
};
const can = { probe: () => undefined, early: { label: () => 0 } };

/** What a training of a candidate would give and take. */
interface Truth {
  readonly best: number;
  readonly ms: number;
  readonly secondsPerEpoch: number;
  readonly broken?: boolean;
}
const answer = ({ candidate, round, epochs }: Next, t: Truth): PocTrial => ({
  candidate: candidate.name,
  round,
  epochs,
  value: t.broken ? null : t.best * (1 - 0.5 / (1 + epochs)),
  refused: t.broken ? 'broken' : null,
  ms: t.ms,
  parameters: 1,
  seconds: t.broken ? 0.1 : 1 + t.secondsPerEpoch * epochs,
});

function played(terms: Terms, truths: ReadonlyMap<string, Truth>): PocTrial[] {
  const trials: PocTrial[] = [];
  for (let next = nextTrial(trials, terms); next; next = nextTrial(trials, terms)) {
    expect(trials.length).toBeLessThan(ROUNDS * terms.candidates.length);
    trials.push(answer(next, truths.get(next.candidate.name)!));
  }
  return trials;
}

describe('what is tried', () => {
  it('is what the task allows', () => {
    const names = (task: Parameters<typeof candidatesFor>[0]) => candidatesFor(task, [box]).map((c) => c.name);
    expect(names(can)).toEqual([
      'probe-224',
      'fine-tune-224',
      'adapters-224',
      'probe-128',
      'fine-tune-128',
      'adapters-128',
      'exits-128',
      'scratch-ascan-micro-64',
      'scratch-ascan-nano-96',
    ]);
    expect(names({})).not.toContain('probe-224');
    expect(names({})).not.toContain('exits-128');
    const fitting = { settle: () => ({}), fit: async () => ({ weights: new Map(), options: {} }) };
    expect(names({ ...can, probe: undefined, early: undefined, fitting } as never)).toEqual(['fit-224', 'fit-128']);
    expect(candidatesFor(can, [box], ['scratch']).map((c) => c.way)).toEqual(['scratch', 'scratch']);
  });
});

describe('successive halving with a clock', () => {
  const candidates = candidatesFor(can, [box]);
  const truth = fc.record({
    best: fc.double({ min: 0.2, max: 1, noNaN: true }),
    ms: fc.double({ min: 0.5, max: 50, noNaN: true }),
    secondsPerEpoch: fc.double({ min: 0.5, max: 30, noNaN: true }),
    broken: fc.boolean(),
  });
  const world = fc.tuple(...candidates.map(() => truth));
  const named = (truths: readonly Truth[]) => new Map(candidates.map((c, i) => [c.name, truths[i]!]));

  it('ends, trains all once and the best for longest, and goes on from any point as if it had not been stopped', () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 0, max: 30 }), (truths, cut) => {
        const terms = { candidates, seconds: 3600, validated: 100 };
        const trials = played(terms, named(truths));
        for (const c of candidates)
          expect(trials.filter((t) => t.candidate === c.name && t.round === 0)).toHaveLength(1);
        // A prefix is all that a killed one leaves.
        const before = trials.slice(0, cut);
        const next = nextTrial(before, terms);
        if (cut < trials.length) expect(next).toMatchObject({ candidate: { name: trials[cut]!.candidate } });
        for (const { epochs, candidate: name } of trials)
          expect(epochs).toBeLessThanOrEqual(candidates.find((c) => c.name === name)!.most);
        // Each longer training of a candidate is longer.
        for (const c of candidates) {
          const epochs = trials.filter((t) => t.candidate === c.name).map((t) => t.epochs);
          expect(epochs).toEqual([...new Set(epochs)].sort((a, b) => a - b));
        }
        const chosen = chosenOf(trials, terms);
        const good = truths.some((t) => !t.broken);
        expect(chosen !== undefined).toBe(good);
        if (chosen) expect(contestantsOf(ROUNDS - 1, trials, terms).map((c) => c.name)).toContain(chosen.candidate);
      }),
      { numRuns: 60 },
    );
  });

  it('has the run of what it recommends, however deeper trainings turn out', () => {
    const turn = fc.record({ value: fc.double({ min: 0, max: 1, noNaN: true }), broken: fc.boolean() });
    const turns = fc.array(turn, { minLength: 3 * candidates.length, maxLength: 3 * candidates.length });
    fc.assert(
      fc.property(world, turns, fc.integer({ min: 30, max: 5000 }), (truths, all, seconds) => {
        const terms = { candidates, seconds, validated: 100 };
        const trials: PocTrial[] = [];
        const folders = new Set<string>();
        const folderOf = (t: PocTrial) => `${t.candidate}-${t.round}`;
        for (let next = nextTrial(trials, terms); next; next = nextTrial(trials, terms)) {
          const { value, broken } = all[trials.length]!;
          const plain = answer(next, named(truths).get(next.candidate.name)!);
          const trial = { ...plain, value: broken ? null : value, refused: broken ? 'broken' : null };
          trials.push(trial);
          if (!broken) folders.add(folderOf(trial));
          for (const t of trials) if (!isNeeded(t, trials, terms)) folders.delete(folderOf(t));
        }
        const chosen = chosenOf(trials, terms);
        expect(chosen !== undefined).toBe(trials.some((t) => t.value !== null));
        if (chosen) expect(folders).toContain(folderOf(chosen));
        // Who is in a round does not change while it runs.
        for (let n = 1; n < trials.length; n++) {
          const { round, candidate } = trials[n]!;
          expect(contestantsOf(round, trials.slice(0, n), terms).map((c) => c.name)).toContain(candidate);
          expect(contestantsOf(round, trials, terms)).toEqual(contestantsOf(round, trials.slice(0, n), terms));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('keeps to the time once it knows what an epoch takes', () => {
    const truths = named(candidates.map((_, i) => ({ best: 0.9 - i / 100, ms: 5, secondsPerEpoch: 10 })));
    const terms = { candidates, seconds: 1500, validated: 100 };
    const trials = played(terms, truths);
    const first = spent(trials.filter((t) => t.round === 0));
    expect(spent(trials)).toBeLessThanOrEqual(Math.max(first, 0.85 * 1500) + 20);
    // With ten times the time the best are trained as long as they should be.
    const long = played({ ...terms, seconds: 15_000 }, truths);
    const most = (c: Candidate) => Math.max(...long.filter((t) => t.candidate === c.name).map((t) => t.epochs));
    expect(contestantsOf(ROUNDS - 1, long, terms).map((c) => [c.name, most(c)])).toEqual(
      contestantsOf(ROUNDS - 1, long, terms).map((c) => [c.name, Math.min(c.most, 9 * c.epochs)]),
    );
  });

  it('recommends the fastest of those that cannot be told apart', () => {
    const tried = (candidate: string, value: number, ms: number) => {
      return { candidate, round: 2, epochs: 1, value, ms, refused: null, parameters: 1, seconds: 1 };
    };
    // On 100 pictures 95 % has a standard error of 2.2 points.
    const all = [tried('best', 0.95, 20), tried('as good', 0.94, 5), tried('worse', 0.9, 1)];
    expect(fastestAsGood(all, 100)?.candidate).toBe('as good');
    expect(fastestAsGood(all, 100_000)?.candidate).toBe('best');
    expect(fastestAsGood([], 100)).toBeUndefined();
  });
});
