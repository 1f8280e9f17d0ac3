import { describe, expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { generatorNames, generators } from './generator.ts';
import type { Choice } from './space.ts';

const choices: readonly Choice[] = Array.from({ length: 4 }, (_, i) => ({ name: `c${i}`, values: [0, 1, 2] }));
/** The more zeros the better. */
const scoreOf = (design: readonly number[]) => design.filter((v) => v === 0).length;

describe.each(generatorNames)('%s', (name) => {
  const taught = () => {
    const generator = generators[name](choices);
    const rng = random(1, name);
    const judged = Array.from({ length: 60 }, () => choices.map(({ values }) => rng.below(values.length)));
    generator.learn(judged.map((design) => ({ design, score: scoreOf(design) })));
    return { generator, rng };
  };

  it('writes designs of the space, the same for the same seed', () => {
    const { generator } = taught();
    const some = (seed: number) => Array.from({ length: 20 }, (_, i) => generator.generate(random(seed, i)));
    expect(some(1)).toEqual(some(1));
    for (const design of some(2)) for (const v of design) expect([0, 1, 2]).toContain(v);
    for (const row of generator.preferences()) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
  });

  it.skipIf(name === 'random')('writes better ones after it has learned than chance does', () => {
    const { generator, rng } = taught();
    const mean = (of: { generate: (typeof generator)['generate'] }) =>
      Array.from({ length: 200 }, () => scoreOf(of.generate(rng))).reduce((a, b) => a + b, 0) / 200;
    expect(mean(generator)).toBeGreaterThan(mean(generators.random(choices)) + 0.4);
  });
});
