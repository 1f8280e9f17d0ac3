import { describe, expect, it } from 'vitest';
import { softTargets } from './soft-targets.ts';

describe('softTargets', () => {
  it('spreads the smoothing over all classes', () => {
    expect([...softTargets([1, 0], 2, 0.2)]).toEqual([0.1, 0.9, 0.9, 0.1].map(Math.fround));
  });
});
