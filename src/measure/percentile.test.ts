import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentile, summarise } from './percentile.ts';

describe('percentile', () => {
  it('gives what numpy.percentile gives', () => {
    const values = [9.5, 1, 4, 2.25, 16];
    expect(percentile(values, 0)).toBe(1);
    expect(percentile(values, 50)).toBe(4);
    expect(percentile(values, 95)).toBeCloseTo(14.7, 12);
    expect(percentile(values, 99)).toBeCloseTo(15.74, 12);
    expect(percentile(values, 100)).toBe(16);
    expect(percentile([3, 1], 50)).toBe(2);
    expect(percentile([7], 99)).toBe(7);
  });

  it('refuses no values and percentages outside 0 … 100', () => {
    expect(() => percentile([], 50)).toThrow(/at least one value/);
    expect(() => percentile([1], 101)).toThrow(/between 0 and 100/);
  });

  it('lies between the extremes, grows with p, and does not depend on the order', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 });
    const p = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(values, p, p, (all, a, b) => {
        const [low, high] = [percentile(all, Math.min(a, b)), percentile(all, Math.max(a, b))];
        expect(low).toBeLessThanOrEqual(high * (1 + 1e-12));
        expect(low).toBeGreaterThanOrEqual(Math.min(...all));
        expect(high).toBeLessThanOrEqual(Math.max(...all));
        expect(percentile([...all].reverse(), a)).toBe(percentile(all, a));
      }),
    );
  });
});

describe('summarise', () => {
  it('leaves its input as it was and reports all of it', () => {
    const values = [3, 1, 2];
    expect(summarise(values)).toEqual({ p50: 2, p95: 2.9, p99: 2.98, mean: 2, runs: 3 });
    expect(values).toEqual([3, 1, 2]);
  });
});
