import { type Pairwise, pairwise } from './pairwise.ts';
import { type Ridge, ridge } from './ridge.ts';
import { brokenLimits, type Limits, type ScoreWeights, scoreWithin } from './score.ts';
import type { Choice, Design } from './space.ts';
import { isTimed, levelled, type Timed, type Trial, toTheEnd } from './trial.ts';

/** Variance of the noise of accuracies over that of what a value is worth. */
const STRENGTH = 2;

/** A design of which only what costs nothing is known. */
export interface Candidate extends Cost {
  readonly design: Design;
}

/** What is known of a network that is built, for nothing. */
export interface Cost {
  readonly parameters: number;
  readonly macs: number;
  /** Bytes for one picture; only where they are limited. */
  readonly memory?: number;
}

/** What one value of a choice does, all others being as they may: accuracy in shares, latency as a factor. */
export interface Effect {
  readonly choice: string;
  readonly value: string;
  readonly accuracy: number;
  readonly accuracyStd: number;
  readonly ms: number;
  /** Judged designs that have it. */
  readonly designs: number;
}

/** Asks networks what their parts are worth, learns from the answers, and says what to look at next. */
export interface Inquisitor {
  /** Designs that are being trained now are no news any more, though nothing is known of them yet. */
  learn(trials: readonly Trial[], underWay?: readonly Design[]): void;
  /** The candidates that are worth a look, the most promising first; those that will break a limit are left out. */
  ask(candidates: readonly Candidate[], limits: Limits): Candidate[];
  /** What it has found of each part. */
  effects(): Effect[];
}

export interface InquisitorOptions {
  readonly weights: ScoreWeights;
  readonly rungs: number;
  /** How much what is not known counts for a design, in standard deviations. */
  readonly curiosity?: number;
}

/**
 * Learns accuracy and latency as sums of what the chosen values contribute (ridge regression on which values a design has, for the accuracy on
 * pairs of them too; latency as a logarithm, with the multiply-adds beside them). Ours: the paper's inquisitor was never published. Of several trials at once each is chosen
 * as if those before had answered what is expected of them ("kriging believer", Ginsbourger et al. 2010).
 */
export function inquisitor(
  choices: readonly Choice[],
  { weights, rungs, curiosity = 1 }: InquisitorOptions,
): Inquisitor {
  const parts = choices.reduce((n, { values }) => n + values.length, 0);
  const at = choices.map((_, i) => choices.slice(0, i).reduce((n, { values }) => n + values.length, 0));
  const features = (design: Design, more: readonly number[] = []) => {
    const row = new Float64Array(parts + more.length);
    design.forEach((v, i) => {
      row[at[i]! + v] = 1;
    });
    row.set(more, parts);
    return row;
  };
  const work = ({ macs, parameters }: { readonly macs: number; readonly parameters: number }) => [
    Math.log(Math.max(1, macs)) - 18,
    Math.log(Math.max(1, parameters)) - 14,
  ];
  // What each value is worth by itself, which is told; and with pairs of values, by which designs are chosen.
  let accuracy: Ridge = ridge([], []);
  let paired: Pairwise = pairwise([], []);
  let latency: Ridge = ridge([], []);
  // Of pictures that go to the end: limits hold for these.
  let longest: Ridge = latency;
  let seen: readonly Trial[] = [];
  return {
    learn(trials, underWay = []) {
      const judged = levelled(trials, rungs);
      const designs = judged.map(({ design }) => design);
      const figures = judged.map((t) => t.accuracy);
      accuracy = ridge(
        designs.map((design) => features(design)),
        figures,
        STRENGTH,
      );
      paired = pairwise(designs, figures, { strength: STRENGTH });
      // Those under way count as if what is expected of them came true: what they will tell is not asked again.
      if (judged.length > 0 && underWay.length > 0) {
        const believed = underWay.map((design) => paired.expect(design).mean);
        paired = pairwise([...designs, ...underWay], [...figures, ...believed], { strength: STRENGTH });
      }
      const timed = trials.filter(isTimed).filter(({ ms }) => ms > 0);
      const rowsOfTimed = timed.map((t) => features(t.design, work(t)));
      const fitted = (ms: (t: Timed) => number) => ridge(rowsOfTimed, timed.map(ms).map(Math.log), 0.1);
      latency = fitted(({ ms }) => ms);
      longest = timed.some(({ exits }) => exits) ? fitted(toTheEnd) : latency;
      seen = judged;
    },
    ask(candidates, limits) {
      const known = latency.coefficients.length > 0;
      return candidates
        .map((c) => {
          const row = features(c.design, work(c));
          const expected = (r: Ridge) => (known ? Math.exp(r.expect(row).mean) : 1);
          const [ms, end] = [expected(latency), expected(longest)];
          const a = seen.length > 0 ? paired.expect(c.design) : { mean: 0.5, std: 1 };
          const hoped = Math.min(1, Math.max(0.01, a.mean + curiosity * a.std));
          const broken = brokenLimits({ ...c, ...(known && { ms: end }) }, limits);
          const u = scoreWithin({ ...c, accuracy: hoped, ms }, weights, limits);
          return { c, u, broken };
        })
        .filter(({ broken }) => broken.length === 0)
        .sort((a, b) => b.u - a.u)
        .map(({ c }) => c);
    },
    effects() {
      if (seen.length === 0) return [];
      return choices.flatMap(({ name, values }, i) => {
        const span = values.map((_, v) => at[i]! + v);
        const mean = (of: ArrayLike<number>) => span.reduce((s, k) => s + (of[k] ?? 0), 0) / span.length;
        const [a, l] = [mean(accuracy.coefficients), mean(latency.coefficients)];
        return values.map((value, v) => {
          const alone = new Float64Array(parts);
          alone[span[v]!] = 1;
          return {
            choice: name,
            value: String(value),
            accuracy: accuracy.coefficients[span[v]!]! - a,
            accuracyStd: accuracy.expect(alone).std,
            ms: Math.exp((latency.coefficients[span[v]!] ?? 0) - l),
            designs: seen.filter(({ design }) => design[i] === v).length,
          };
        });
      });
    },
  };
}
