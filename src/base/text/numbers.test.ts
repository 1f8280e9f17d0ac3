import { expect, it } from 'vitest';
import { bar, bytesText, digits, duration, short } from './numbers.ts';

it('writes numbers as people read them', () => {
  expect([53_038_830, 10_275_432_960, 999, 999_900, 0, 1200].map(short)).toEqual([
    '53.0 M',
    '10.3 G',
    '999',
    '1.00 M',
    '0',
    '1.20 k',
  ]);
  expect([0.01234, 1.5, 12.34, 123.4, 12345.6, 7].map(digits)).toEqual(['0.0123', '1.50', '12.3', '123', '12346', '7']);
  expect([100, 2048, 13_107_200, 3 * 2 ** 30].map(bytesText)).toEqual(['100 B', '2 KiB', '12.5 MiB', '3 GiB']);
  expect([1.25, 600, 9000, 400_000].map(duration)).toEqual(['1.25 s', '10 min', '2.50 h', '4.63 days']);
});

it('draws bars in eighths', () => {
  expect(bar(0.5, 4)).toBe('██');
  expect(bar(1, 3)).toBe('███');
  expect(bar(0.125, 1)).toBe('▏');
  expect(bar(2, 2)).toBe('██');
  expect(bar(0, 2)).toBe('');
});
