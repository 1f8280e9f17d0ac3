import { expect, it } from 'vitest';
import { image } from '../data/image.ts';
import { lookOf, nearestOf, shareOfCopies } from './copies.ts';

/** A picture of 32 × 32 pixels that rises from left to right, by `slope` a column. */
function rising(slope: number, from = 0) {
  const picture = image(32, 32);
  picture.data.forEach((_, i) => {
    picture.data[i] = from + slope * (Math.floor(i / 3) % 32);
  });
  return lookOf(picture);
}

it('finds the picture that one is most like, and says how far off it is', () => {
  const known = [rising(1), rising(4), rising(7)];
  expect(nearestOf(rising(4, 10), known)).toEqual({ at: 1, distance: 10 });
  expect(nearestOf(rising(7), known)).toEqual({ at: 2, distance: 0 });
});

it('counts what is nearly equal to a known one, or much nearer to it than to any other', () => {
  const known = [rising(1), rising(4)];
  expect(shareOfCopies([rising(4), rising(4, 1), rising(7), rising(2)], known)).toBe(0.5);
  // A copy with a fault on it: brighter by 15, 60 away from the other. Alone, nothing says that 15 is little.
  expect(shareOfCopies([rising(4, 15)], known)).toBe(1);
  expect(shareOfCopies([rising(4, 15)], [rising(4)])).toBe(0);
  expect(shareOfCopies([], known)).toBe(0);
});
