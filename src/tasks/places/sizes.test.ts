import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sizeRows, smallOnesMissed } from './sizes.ts';

describe('sizeRows', () => {
  it('counts things and misses by the side of a square of their area, without sizes that nothing has', () => {
    const all = [100, 300, 300, 5000];
    expect(sizeRows([100, 300], all)).toEqual([
      { from: 8, to: 16, all: 1, missed: 1 },
      { from: 16, to: 32, all: 2, missed: 1 },
      { from: 32, to: 64, all: 0, missed: 0 },
      { from: 64, to: 128, all: 1, missed: 0 },
    ]);
    expect(sizeRows([], [])).toEqual([]);
  });

  it('loses none', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true })), (all) => {
        expect(sizeRows(all, all).reduce((n, r) => n + r.missed, 0)).toBe(all.length);
      }),
    );
  });
});

describe('smallOnesMissed', () => {
  it('tells where the missed ones are clearly smaller than most', () => {
    const all = [...Array.from({ length: 20 }, () => 10_000), ...Array.from({ length: 6 }, () => 400)];
    expect(smallOnesMissed(new Array(6).fill(400), all)).toEqual({ missed: 20, all: 100 });
    expect(smallOnesMissed(new Array(6).fill(10_000), all)).toBeUndefined();
    expect(smallOnesMissed([400], all)).toBeUndefined();
  });
});
