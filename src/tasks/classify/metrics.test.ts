import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilson } from '../interval.ts';
import { calibration } from './calibration.ts';
import { mixups } from './confusion.ts';

describe('wilson', () => {
  it('gives the published and the closed-form values', () => {
    // Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3.
    const published = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const;
    for (const [hits, trials, low, high] of published) {
      const interval = wilson(hits, trials);
      expect(interval.low).toBeCloseTo(low, 4);
      expect(interval.high).toBeCloseTo(high, 4);
    }
  });

  it('contains the share, stays in 0 … 1, mirrors, and narrows with more trials', () => {
    const counts = fc.integer({ min: 1, max: 5000 }).chain((n) => fc.tuple(fc.nat(n), fc.constant(n)));
    fc.assert(
      fc.property(counts, ([hits, trials]) => {
        const { low, high } = wilson(hits, trials);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(hits / trials);
        expect(high).toBeGreaterThanOrEqual(hits / trials);
        expect(1 - wilson(trials - hits, trials).high).toBeCloseTo(low, 12);
        const more = wilson(hits * 4, trials * 4);
        expect(more.high - more.low).toBeLessThan(high - low);
      }),
    );
  });

  it('refuses what cannot be counted', () => {
    for (const [hits, trials] of [
      [1, 0],
      [-1, 3],
      [4, 3],
      [0.5, 3],
      [Number.NaN, 3],
    ] as const) {
      expect(() => wilson(hits, trials)).toThrow(/whole numbers/);
    }
  });
});

describe('calibration', () => {
  it('is 0 for a model that is right as often as it says', () => {
    const confidence = Array.from({ length: 10 }, () => 0.7);
    expect(
      calibration(
        confidence,
        confidence.map((_, i) => i < 7),
      ).error,
    ).toBeCloseTo(0, 12);
  });

  it('puts 0 into the first bin, 1 into the last, and an edge below it', () => {
    const { bins } = calibration([0, 0.25, 0.5, 1], [true, true, false, true], 4);
    expect(bins.map(({ count }) => count)).toEqual([2, 1, 0, 1]);
    expect(bins[0]).toEqual({ low: 0, high: 0.25, count: 2, confidence: 0.125, accuracy: 1 });
    expect(bins[2]).toEqual({ low: 0.5, high: 0.75, count: 0, confidence: 0, accuracy: 0 });
  });
});

describe('mixups', () => {
  it('lists off-diagonal counts, the most frequent first, ties by share', () => {
    const found = mixups([
      [90, 3, 0],
      [0, 10, 1],
      [3, 0, 1],
    ]);
    expect(found).toEqual([
      { truth: 2, predicted: 0, count: 3, share: 3 / 4 },
      { truth: 0, predicted: 1, count: 3, share: 3 / 93 },
      { truth: 1, predicted: 2, count: 1, share: 1 / 11 },
    ]);
  });
});
