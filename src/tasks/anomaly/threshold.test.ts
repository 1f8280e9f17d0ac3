import { describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { thresholdOf } from './threshold.ts';

describe('threshold', () => {
  it('is the score that the wished share lies above', () => {
    const scores = Array.from({ length: 99 }, (_, i) => 99 - i);
    expect(thresholdOf(scores, 0.1)).toEqual({ value: 90, falseAlarms: 0.1, pictures: 99 });
    expect(thresholdOf(scores, 0.01)).toEqual({ value: 99, falseAlarms: 0.01, pictures: 99 });
  });

  it('promises no more than so few pictures allow', () => {
    expect(thresholdOf([3, 1, 2], 0.01)).toEqual({ value: 3, falseAlarms: 0.25, pictures: 3 });
  });

  it('keeps its promise on new pictures', () => {
    const rng = random(2, 'threshold');
    const draw = () => Math.exp(rng.normal());
    const shares = Array.from({ length: 400 }, () => {
      const { value } = thresholdOf(Array.from({ length: 19 }, draw), 0.1);
      return Array.from({ length: 200 }, draw).filter((s) => s > value).length / 200;
    });
    expect(shares.reduce((a, b) => a + b) / shares.length).toBeLessThan(0.115);
  });

  it('asks for good pictures and for numbers', () => {
    expect(() => thresholdOf([], 0.01)).toThrow(/more good pictures/);
    expect(() => thresholdOf([Number.NaN], 0.01)).toThrow(/not a number/);
    expect(() => thresholdOf([1], 0)).toThrow(/between 0 and 1, got 0/);
  });
});
