import type { Random } from '../base/random.ts';
import type { Choice, Design } from './space.ts';

/** A design with its score; a higher one is better. */
interface Scored {
  readonly design: Design;
  readonly score: number;
}

/** Where designs come from. */
export interface Generator {
  readonly name: string;
  /** A complete design; what it is hangs on `rng` and on what was learned. */
  generate(rng: Random): Design;
  /** Learns from all that was judged so far, and kept to the limits. */
  learn(judged: readonly Scored[]): void;
  /** How likely each value of each choice is now. */
  preferences(): readonly (readonly number[])[];
}

const uniform = (choices: readonly Choice[]) => choices.map(({ values }) => values.map(() => 1 / values.length));

function drawn(rng: Random, p: readonly number[]): number {
  let left = rng.uniform();
  for (let i = 0; i < p.length - 1; i++) {
    left -= p[i]!;
    if (left < 0) return i;
  }
  return p.length - 1;
}

interface LearnedOptions {
  /** Share of the judged designs that are learned from. */
  readonly elite?: number;
  /** Designs that chance counts for beside them: nothing is ruled out, and little is learned from few. */
  readonly chance?: number;
}

/**
 * A learned distribution over designs: each value of a choice is as likely as it is among the best designs, with chance counted among them
 * (as the cross-entropy method and estimation of distributions do, Rubinstein 1999). Our stand-in for the generator of generative synthesis,
 * whose inside was never published.
 */
function learned(choices: readonly Choice[], options: LearnedOptions = {}): Generator {
  const { elite = 0.25, chance: prior = 1.5 } = options;
  let shares = uniform(choices);
  return {
    name: 'learned',
    generate: (rng) => shares.map((p) => drawn(rng, p)),
    learn(judged) {
      const best = [...judged].sort((a, b) => b.score - a.score).slice(0, Math.ceil(judged.length * elite));
      shares = choices.map(({ values }, i) =>
        values.map((_, v) => {
          const among = best.filter(({ design }) => design[i] === v).length;
          return (among + prior / values.length) / (best.length + prior);
        }),
      );
    },
    preferences: () => shares,
  };
}

/** Every design as likely as any other: what a search must beat. */
export function chance(choices: readonly Choice[]): Generator {
  const shares = uniform(choices);
  return {
    name: 'random',
    generate: (rng) => shares.map((p) => drawn(rng, p)),
    learn() {},
    preferences: () => shares,
  };
}

/** Regularised evolution (Real et al. 2019): the best of a few of the youngest, with one choice made anew. */
function evolution(choices: readonly Choice[], { population = 25, tournament = 5 } = {}): Generator {
  let young: readonly Scored[] = [];
  const random = chance(choices);
  return {
    name: 'evolution',
    generate(rng) {
      if (young.length < tournament) return random.generate(rng);
      const few = Array.from({ length: tournament }, () => young[rng.below(young.length)]!);
      const parent = few.reduce((a, b) => (b.score > a.score ? b : a)).design;
      const at = rng.below(choices.length);
      const others = choices[at]!.values.length;
      return parent.map((v, i) => (i === at && others > 1 ? (v + 1 + rng.below(others - 1)) % others : v));
    },
    learn(judged) {
      young = judged.slice(-population);
    },
    preferences: () =>
      choices.map(({ values }, i) =>
        values.map((_, v) =>
          young.length === 0 ? 1 / values.length : young.filter((s) => s.design[i] === v).length / young.length,
        ),
      ),
  };
}

/**
 * Tree-structured Parzen estimator (Bergstra et al. 2011) over choices: of a few designs that are drawn as the best ones are, the one that
 * is most likely among these and least among the others.
 */
function tpe(choices: readonly Choice[], { good = 0.25, candidates = 24, begin = 10 } = {}): Generator {
  let [best, rest] = [uniform(choices), uniform(choices)];
  const shares = (among: readonly Scored[]) =>
    choices.map(({ values }, i) =>
      values.map((_, v) => (among.filter(({ design }) => design[i] === v).length + 1) / (among.length + values.length)),
    );
  const promise = (design: Design) => design.reduce((sum, v, i) => sum + Math.log(best[i]![v]! / rest[i]![v]!), 0);
  return {
    name: 'tpe',
    generate(rng) {
      const some = Array.from({ length: candidates }, () => best.map((p) => drawn(rng, p)));
      return some.reduce((a, b) => (promise(b) > promise(a) ? b : a));
    },
    learn(judged) {
      const sorted = [...judged].sort((a, b) => b.score - a.score);
      const n = judged.length < begin ? 0 : Math.ceil(good * judged.length);
      [best, rest] =
        n === 0 ? [uniform(choices), uniform(choices)] : [shares(sorted.slice(0, n)), shares(sorted.slice(n))];
    },
    preferences: () => best,
  };
}

export const generators = { learned, random: chance, evolution, tpe } as const;
export type GeneratorName = keyof typeof generators;
export const generatorNames = ['learned', 'random', 'evolution', 'tpe'] as const satisfies readonly GeneratorName[];
