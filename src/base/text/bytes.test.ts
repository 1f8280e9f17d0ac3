import { expect, it } from 'vitest';
import { parseBytes } from './bytes.ts';

it.each([
  ['4GB', 4e9],
  ['4g', 4e9],
  ['3.5 GiB', 3.5 * 2 ** 30],
  ['800M', 8e8],
  ['512Ki', 2 ** 19],
  ['1TB', 1e12],
])('reads %s', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

it.each(['', '4', 'GB', '4 apples', '-1GB', '4GBB'])('names what is wrong with %j', (text) =>
  expect(() => parseBytes(text)).toThrow(/such as 4GB/),
);
