import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inOf } from './plain.ts';

describe('inOf', () => {
  it('widens the crowd until a mistake shows', () => {
    expect(inOf(0.974)).toEqual({ right: 97, of: 100 });
    expect(inOf(0.996)).toEqual({ right: 996, of: 1000 });
    expect(inOf(0.99999)).toEqual({ right: 99_999, of: 100_000 });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.99999, noNaN: true }), (accuracy) => {
        const { right, of } = inOf(accuracy);
        expect(right).toBeLessThan(of);
        expect(Math.abs(right / of - accuracy)).toBeLessThanOrEqual(0.5 / of + 1e-12);
      }),
    );
  });
});
