import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createModel } from '../models/registry.ts';
import { adaptModel } from './adapt.ts';
import { budgetOf, ranksWithin, worthOf } from './budget.ts';
import { adapterOptions } from './options.ts';

const falling = fc.array(fc.integer({ min: 1, max: 1000 }), { maxLength: 4 }).map((g) => g.sort((a, b) => b - a));
const worthsOf = fc.array(fc.record({ cost: fc.integer({ min: 1, max: 9 }), gains: falling }), {
  minLength: 1,
  maxLength: 4,
});

it('spends a budget on the ranks that gain most for what they cost', () => {
  fc.assert(
    fc.property(worthsOf, fc.integer({ min: 1, max: 40 }), (given, most) => {
      const worths = given.map((w, i) => ({ ...w, name: `layer ${i}` }));
      const ranks = ranksWithin(worths, most);
      const gain = (of: readonly number[]) =>
        worths.reduce((sum, { gains }, i) => sum + gains.slice(0, of[i]).reduce((a, b) => a + b, 0), 0);
      const cost = (of: readonly number[]) => worths.reduce((sum, w, i) => sum + of[i]! * w.cost, 0);
      const found = worths.map(({ name }) => ranks[name] ?? 0);
      expect(cost(found)).toBeLessThanOrEqual(most);
      // As good as any choice of ranks, but for one step that did not fit any more.
      const all = worths.reduce<number[][]>(
        (so, { gains }) => so.flatMap((s) => Array.from({ length: gains.length + 1 }, (_, r) => [...s, r])),
        [[]],
      );
      const best = Math.max(...all.filter((of) => cost(of) <= most).map(gain));
      const largest = Math.max(...worths.flatMap(({ gains }) => gains.slice(0, 1)), 0);
      expect(gain(found) + largest).toBeGreaterThanOrEqual(best);
    }),
  );
});

it('counts what a pair of a layer costs, and what its ranks gain, in every form', () => {
  const model = createModel('mobilenetv2_035', { size: 32, classes: 3 });
  for (const form of ['p1', 'p2', 'p3', 'p4'] as const) {
    const options = adapterOptions({ form, share: 0.05 });
    const { layers } = budgetOf(model, options);
    for (const formed of layers) {
      const { layer } = formed;
      const gradient = new Float32Array(layer.shape.reduce((a, b) => a * b, 1)).fill(1);
      const { matrices, each } = formed.form.unfolded!(layer, gradient);
      // A matrix of ones: its first singular value is all there is.
      expect(matrices.reduce((n, m) => n + m.rows * m.columns, 0)).toBe(gradient.length);
      const { cost, gains } = worthOf(formed, [[3, 2, 1, 1, 1, 1]], each);
      expect(gains[0]).toBe([9, 13, 14][each - 1]);
      const one = adaptModel(model, adapterOptions({ form, layers: [layer.name], rank: 1 }));
      expect(cost).toBe(one.parameters);
    }
    const [first, second] = layers.filter((f) => f.form.greatestRank(f.layer) >= 2).map((f) => f.layer.name);
    const ranks = { [first!]: 1, [second!]: 2 };
    const adapted = adaptModel(model, { ...options, rank: 'auto', ranks });
    expect(Object.fromEntries(adapted.layers.map((l) => [l.layer.name, l.rank]))).toEqual(ranks);
    // Not found yet: as those that are not.
    expect(adaptModel(model, { ...options, rank: 'auto' }).parameters).toBe(adaptModel(model, options).parameters);
  }
});
