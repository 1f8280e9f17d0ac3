import { expect, it } from 'vitest';
import { pace } from './pace.ts';

it('says how fast work goes and how long the rest takes, for each piece anew', () => {
  let time = 0;
  const says = pace(() => time);
  expect(says('making pictures', 16, 273)).toBe('making pictures 16/273');
  time = 2000;
  expect(says('making pictures', 32, 273)).toBe('making pictures 32/273  8.0/s  30 s left');
  expect(says('features', 100, 273)).toBe('features 100/273');
  time = 3000;
  expect(says('features', 273, 273)).toBe('features 273/273  173/s  0 s left');
});
