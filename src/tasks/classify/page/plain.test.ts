import { describe, expect, it } from 'vitest';
import { limits } from './plain.ts';

describe('limits', () => {
  it('counts what passes a limit and how much of it is right', () => {
    const bins = [
      { low: 0, count: 4, accuracy: 0.25 },
      { low: 0.5, count: 6, accuracy: 5 / 6 },
    ];
    expect(limits(bins, [0, 1])).toEqual([
      { above: 0, passed: 10, right: 6 },
      { above: 0.5, passed: 6, right: 5 },
    ]);
  });
});
