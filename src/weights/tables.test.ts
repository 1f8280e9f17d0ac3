import { expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import type { RowTable } from '../models/network.ts';
import { carriedTables } from './tables.ts';

const tables: readonly RowTable[] = [
  { name: 'token', of: 'token', axis: 0 },
  { name: 'place', of: 'place', axis: 1 },
  { name: 'class', of: 'class', axis: 0 },
];
const names = { before: { token: ['<s>', 'red', 'iron'] }, after: { token: ['<s>', 'blue', 'iron', 'red'] } };
const carry = (stored: Record<string, ReturnType<typeof f32>>, first: Record<string, ReturnType<typeof f32>>) =>
  carriedTables(tables, new Map(Object.entries(stored)), { ...names, first: (name) => first[name] });

it('keeps the rows of names that were known, in their new order, and begins the others', () => {
  const token = f32([3, 2], [1, 1, 2, 2, 3, 3]);
  const begun = f32([4, 2], [10, 10, 20, 20, 30, 30, 40, 40]);
  const { tensors, carried } = carry({ token }, { token: begun });
  expect([...tensors.get('token')!.data]).toEqual([1, 1, 20, 20, 3, 3, 2, 2]);
  expect(carried).toEqual([{ name: 'token', known: 3, rows: 4 }]);
  expect([...begun.data]).toEqual([10, 10, 20, 20, 30, 30, 40, 40]);
});

it('has places by their number, along any axis, for longer and for shorter captions', () => {
  const place = f32([2, 2, 1], [1, 2, 3, 4]);
  const longer = carry({ place }, { place: f32([2, 3, 1], [10, 11, 12, 13, 14, 15]) });
  expect([...longer.tensors.get('place')!.data]).toEqual([1, 2, 12, 3, 4, 15]);
  const shorter = carry({ place }, { place: f32([2, 1, 1], [10, 11]) });
  expect([...shorter.tensors.get('place')!.data]).toEqual([1, 3]);
  expect(shorter.carried).toEqual([{ name: 'place', known: 1, rows: 1 }]);
});

it('leaves what has the same rows, no names, or another width', () => {
  const stored = { token: f32([3, 2]), place: f32([1, 2, 3]), class: f32([2, 2]) };
  const { tensors, carried } = carry(stored, { token: f32([4, 5]), place: f32([1, 2, 3]), class: f32([3, 2]) });
  expect(carried).toEqual([]);
  for (const [name, t] of Object.entries(stored)) expect(tensors.get(name)).toBe(t);
});
