import { type Random, random } from '../../src/base/random.ts';
import { type GeneratorName, generators } from '../../src/search/generator.ts';
import { inquisitor } from '../../src/search/inquisitor.ts';
import { score, weightsSchema } from '../../src/search/score.ts';
import { type Choice, type Design, keyOf } from '../../src/search/space.ts';
import type { Judged } from '../../src/search/trial.ts';
import type { Known } from './objective.ts';

/** A searcher, replayed: the designs that it asked for, in order, each once. */
export type Searcher = (choices: readonly Choice[], objective: Known, seed: number, most: number) => Design[];

/** How much milliseconds count, drawn anew for each design, so that the whole front is looked for (as ParEGO does, Knowles 2006). */
const weightsFor = (seed: number, i: number) =>
  weightsSchema.parse({ ms: 10 ** (-1.5 + 2 * random(seed, 'weights', i).uniform()) });

/** Draws after which a generator counts as having no new design: any is taken then. */
const DRAWS = 400;

/** A generator alone: what it writes is looked up, unless it was before. */
export const generatorAlone =
  (name: GeneratorName): Searcher =>
  (choices, objective, seed, most) => {
    const generator = generators[name](choices);
    const rng = random(seed, 'replay', name);
    return asked(objective, seed, most, (judged, tried, weights) => {
      generator.learn(judged.map((t) => ({ design: t.design, score: score(t, weights) })));
      return fresh(objective, tried, () => generator.generate(rng)) ?? left(objective, tried, rng);
    });
  };

/** As `yosegi search` does it: the generator writes, the inquisitor says which of what it wrote is looked at. */
export const withInquisitor =
  (name: GeneratorName, pool = 48): Searcher =>
  (choices, objective, seed, most) => {
    const generator = generators[name](choices);
    const rng = random(seed, 'replay asked', name);
    return asked(objective, seed, most, (judged, tried, weights) => {
      generator.learn(judged.map((t) => ({ design: t.design, score: score(t, weights) })));
      const asks = inquisitor(choices, { weights, rungs: 1 });
      asks.learn(judged);
      const seen = new Set(tried);
      const written = Array.from({ length: pool }, () => {
        const design = fresh(objective, seen, () => generator.generate(rng));
        if (design) seen.add(keyOf(design));
        return design;
      }).filter((d) => d !== undefined);
      const candidates = written.map((design) => ({ design, ...objective.cost(design) }));
      return asks.ask(candidates, {})[0]?.design ?? left(objective, tried, rng);
    });
  };

function asked(
  objective: Known,
  seed: number,
  most: number,
  next: (judged: readonly Judged[], tried: ReadonlySet<string>, w: ReturnType<typeof weightsFor>) => Design | undefined,
): Design[] {
  const order: Design[] = [];
  const tried = new Set<string>();
  while (order.length < most) {
    const judged = order.map((design, number) => objective.trial(design, number));
    const design = next(judged, tried, weightsFor(seed, order.length));
    if (!design) break;
    tried.add(keyOf(design));
    order.push(design);
  }
  return order;
}

/** A design of the table that was never tried; undefined where drawing finds none. */
function fresh({ has }: Known, tried: ReadonlySet<string>, draw: () => Design): Design | undefined {
  for (let i = 0; i < DRAWS; i++) {
    const design = draw();
    if (has(design) && !tried.has(keyOf(design))) return design;
  }
  return undefined;
}

/** Any design that was never tried. */
function left({ designs }: Known, tried: ReadonlySet<string>, rng: Random): Design | undefined {
  const those = designs.filter((d) => !tried.has(keyOf(d)));
  return those[rng.below(Math.max(1, those.length))];
}
