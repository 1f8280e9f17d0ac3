import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percent, percentOf } from './percent.ts';

describe('percent', () => {
  it('rounds to the decimals that are asked for', () => {
    expect([0, 0.5, 2 / 3, 0.999, 1].map((s) => percent(s))).toEqual([
      '0.0 %',
      '50.0 %',
      '66.7 %',
      '99.9 %',
      '100.0 %',
    ]);
    expect([0.004, 0.006, 0.994, 0.996].map((s) => percent(s, 0))).toEqual(['< 1 %', '1 %', '99 %', '> 99 %']);
    expect(percent(null)).toBe('–');
    expect(percent(undefined)).toBe('–');
  });

  it('never makes everything of 4,998 in 5,000, nor nothing of 2', () => {
    expect(percent(4998 / 5000)).toBe('> 99.9 %');
    expect(percent(2 / 5000)).toBe('< 0.1 %');
    expect(percent(4998 / 5000, 2)).toBe('99.96 %');
  });

  it('says 100 of 1 alone, and 0 of 0 alone', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 4 }), (share, decimals) => {
        const { value } = percentOf(share, decimals);
        expect(value === 100).toBe(share === 1);
        expect(value === 0).toBe(share === 0);
      }),
    );
  });
});
