import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NEVER } from '../policy/policy.ts';
import { type Scenario, scenarios, synthetic } from '../testing/synthetic.ts';
import { calibrate } from './calibrate.ts';
import { publishedBases, publishedShares, thresholdsForShares } from './published.ts';
import { parabola } from './stopping.ts';
import { exitTable, meanCost, outcome } from './table.ts';

const CLASSES = 6;

interface Point {
  readonly cost: number;
  readonly accuracy: number;
}

/** Thresholds on images that nobody has seen, in order of cost. */
function heldOut(scenario: Scenario, seed: number, vectors: readonly (readonly number[])[]): Point[] {
  const { logits, labels } = synthetic(scenario, 12_000, 1000 + seed);
  const table = exitTable(logits, labels, CLASSES);
  return vectors
    .map((t) => {
      const { counts, correct } = outcome(table, t);
      return { cost: meanCost(counts, scenario.costs), accuracy: correct / table.images };
    })
    .sort((a, b) => a.cost - b.cost);
}

/** Accuracy at a cost: linear between two vectors, which is what taking turns with them gives. */
function accuracyAt(points: readonly Point[], cost: number): number {
  const i = points.findIndex((p) => p.cost >= cost);
  if (i <= 0) return points.at(i)!.accuracy;
  const [a, b] = [points[i - 1]!, points[i]!];
  return a.accuracy + ((b.accuracy - a.accuracy) * (cost - a.cost)) / Math.max(1e-12, b.cost - a.cost);
}

describe('the published search', () => {
  it.each([
    [0.2, [0.681, 0.257, 0.026, 0.036]],
    [0.6, [0.391, 0.311, 0.093, 0.205]],
    [1, [0.213, 0.263, 0.131, 0.394]],
    [20 / 9, [0.044, 0.117, 0.13, 0.708]],
    [4, [0.01, 0.047, 0.094, 0.849]],
  ])('lets shares leave as derived from its code: base %f', (base, expected) => {
    publishedShares(base, 4).forEach((q, k) => {
      expect(Math.abs(q - expected[k]!)).toBeLessThan(1e-3);
    });
  });

  it('has 33 bases from 0.2 to 4', () => {
    expect(publishedBases).toHaveLength(33);
    expect([publishedBases[0], publishedBases[16], publishedBases[32]]).toEqual([0.2, 1, 4]);
  });

  it('sets thresholds that let about those shares leave', () => {
    const { logits, labels } = synthetic(scenarios[0]!, 3000, 1);
    const table = exitTable(logits, labels, CLASSES);
    for (const base of [0.2, 0.6, 1, 2]) {
      const shares = publishedShares(base, 4);
      const { counts } = outcome(table, thresholdsForShares(table, shares));
      counts.forEach((n, k) => {
        expect(Math.abs(n / 3000 - shares[k]!)).toBeLessThan(0.002);
      });
    }
  });
});

describe('calibrate', () => {
  it('is at least as good as the published search at equal cost on unseen images, and better where an exit is of no use', () => {
    const gains = scenarios.map((scenario) => {
      const differences = [0, 1, 2].flatMap((seed) => {
        const { logits, labels } = synthetic(scenario, 500, seed);
        const vectors = (search: 'own' | 'published') =>
          calibrate(logits, labels, CLASSES, scenario.costs, { cost: 1 }, { search }).curve.map((p) => p.thresholds);
        const [own, published] = [vectors('own'), vectors('published')].map((v) => heldOut(scenario, seed, v));
        const [low, high] = [published![0]!.cost, published!.at(-1)!.cost];
        return Array.from({ length: 9 }, (_, i) => {
          const cost = low + ((high - low) * i) / 8;
          return accuracyAt(own!, cost) - accuracyAt(published!, cost);
        });
      });
      return { name: scenario.name, gain: differences.reduce((a, b) => a + b, 0) / differences.length };
    });
    for (const { name, gain } of gains) expect({ name, good: gain > -0.001 }).toEqual({ name, good: true });
    expect(gains.reduce((a, b) => a + b.gain, 0) / gains.length).toBeGreaterThan(0.005);
    expect(gains.find((g) => g.name === 'a useless exit')!.gain).toBeGreaterThan(0.02);
  });

  it('meets a budget, and keeps it on unseen images', () => {
    for (const scenario of scenarios.slice(0, 3)) {
      const { logits, labels } = synthetic(scenario, 1000, 3);
      for (const cost of [0.45, 0.8]) {
        const { chosen, policy } = calibrate(logits, labels, CLASSES, scenario.costs, { cost });
        expect(chosen.cost).toBeLessThanOrEqual(cost * (1 + 1e-9));
        expect(chosen.cost).toBeGreaterThan(cost - 0.12);
        const [point] = heldOut(scenario, 3, [policy.thresholds]);
        expect(Math.abs(point!.cost - chosen.cost)).toBeLessThan(0.04);
        // The estimate is honest: as good as what comes, within what 1000 images can say.
        expect(Math.abs(point!.accuracy - chosen.accuracy)).toBeLessThan(0.05);
      }
    }
  });

  it('takes the cheapest thresholds that keep an accuracy', () => {
    const scenario = scenarios[0]!;
    const { logits, labels } = synthetic(scenario, 1500, 4);
    const all = calibrate(logits, labels, CLASSES, scenario.costs, { cost: 1 });
    const end = all.curve.at(-1)!;
    const { chosen, curve } = calibrate(logits, labels, CLASSES, scenario.costs, { accuracy: end.accuracy - 0.02 });
    expect(chosen.accuracy).toBeGreaterThanOrEqual(end.accuracy - 0.02);
    expect(chosen.cost).toBeLessThan(0.9);
    const at = curve.indexOf(chosen);
    expect(curve[at - 1]!.accuracy).toBeLessThan(end.accuracy - 0.02);
    expect(curve.slice(at).every((p) => p.accuracy >= end.accuracy - 0.02)).toBe(true);
    expect(() => calibrate(logits, labels, CLASSES, scenario.costs, { accuracy: 0.999 })).toThrow(/is the best/);
  });

  it('lets images of barred classes go to the end only', () => {
    const scenario = scenarios[0]!;
    const { logits, labels } = synthetic(scenario, 800, 5);
    const rules = { always: [2], suspicion: 0.3 };
    const { policy, curve } = calibrate(logits, labels, CLASSES, scenario.costs, { cost: 0.7 }, { rules });
    expect(policy).toMatchObject(rules);
    const table = exitTable(logits, labels, CLASSES, rules);
    const { counts } = outcome(table, [0, NEVER, NEVER]);
    expect(curve[0]!.shares[0]).toBeLessThanOrEqual(counts[0]! / 800);
    expect(() => calibrate(logits, labels, CLASSES, scenario.costs, { cost: 0.35 }, { rules })).toThrow(/cheapest/);
  });

  it('says what it cannot work with', () => {
    const { logits, labels } = synthetic(scenarios[0]!, 10, 6);
    const costs = [1, 2, 3, 4];
    expect(() => calibrate(logits, labels, CLASSES, costs, { cost: 1 })).toThrow(/at least 20 images, there are 10/);
    const more = synthetic(scenarios[0]!, 30, 6);
    expect(() => calibrate(more.logits, more.labels, CLASSES, [1, 2, 1, 4], { cost: 1 })).toThrow(/at least as much/);
    expect(() => calibrate(more.logits.slice(0, 1), more.labels, CLASSES, [1], { cost: 1 })).toThrow(/no threshold/);
    expect(() => calibrate(more.logits, more.labels, 5, costs, { cost: 1 })).toThrow(/logits/);
  });

  it('works with constant confidences, few images and any labels', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 40 }),
        fc.integer({ min: 2, max: 4 }),
        fc.constantFrom(0, 0.5, 30),
        fc.integer({ min: 0, max: 99 }),
        (n, exits, spread, seed) => {
          const values = synthetic(scenarios[0]!, n, seed, 3);
          const logits = values.logits.slice(0, exits).map((l) => l.map((v) => v * spread));
          const costs = [1, 2, 2, 3].slice(0, exits);
          const { curve, chosen } = calibrate(logits, values.labels, 3, costs, { cost: 2 });
          for (const p of curve) {
            expect(p.shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
            expect(p.thresholds.every((t) => t >= 0 && t <= NEVER)).toBe(true);
          }
          expect(chosen.cost).toBeLessThanOrEqual(2 + 1e-9);
        },
      ),
      { numRuns: 25, seed: 3 },
    );
  });
});

describe('parabola', () => {
  it('gives a parabola back and is the nearest one to anything else', () => {
    const exact = Float64Array.from({ length: 30 }, (_, i) => 2 - 0.3 * i + 0.02 * i * i);
    parabola(exact).forEach((v, i) => {
      expect(v).toBeCloseTo(exact[i]!, 10);
    });
    fc.assert(
      fc.property(fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 8, maxLength: 40 }), (list) => {
        const y = Float64Array.from(list);
        const rest = parabola(y).map((v, i) => y[i]! - v);
        for (const power of [0, 1, 2]) {
          expect(rest.reduce((sum, r, i) => sum + r * (i / y.length) ** power, 0)).toBeCloseTo(0, 8);
        }
      }),
    );
  });
});
