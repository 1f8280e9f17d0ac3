import { describe, expect, it } from 'vitest';
import { parseBudget } from './budget.ts';

describe('parseBudget', () => {
  it.each([
    ['5ms', { kind: 'ms', value: 5 }],
    ['0.5 ms', { kind: 'ms', value: 0.5 }],
    ['40Mmacs', { kind: 'macs', value: 40e6 }],
    ['1.2gMACs', { kind: 'macs', value: 1.2e9 }],
    ['900macs', { kind: 'macs', value: 900 }],
    ['97%', { kind: 'accuracy', value: 0.97 }],
    ['100%', { kind: 'accuracy', value: 1 }],
  ])('reads %s', (text, budget) => {
    expect(parseBudget(text)).toEqual(budget);
  });

  it.each(['', '5', 'ms', '-5ms', '0ms', '101%', '5s', '5 Tmacs', '1e3ms', '5ms 3ms'])('refuses %j', (text) => {
    expect(() => parseBudget(text)).toThrow(/is no budget/);
  });
});
