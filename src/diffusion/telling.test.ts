import { expect, it } from 'vitest';
import { f32, i64, type Tensor, toNumbers } from '../base/tensor.ts';
import { type Named, telling } from './telling.ts';

const told = (rows: readonly (number | undefined)[]): Named => ({
  label: i64(
    [rows.length],
    rows.map((i) => i ?? 9),
  ),
});

/** What is told comes out as [label, time]. */
const made =
  (asked: number[]) =>
  async ({ label, time }: Named) => {
    const [labels, times] = [toNumbers(label!), toNumbers(time!)];
    asked.push(labels.length);
    return {
      both: f32(
        [labels.length, 2],
        labels.flatMap((l, i) => [l, times[i]!]),
      ),
    };
  };

const looks = Array.from({ length: 20 }, (_, i) => ({ time: i, rows: i < 3 ? [0, 1] : [0, 1, undefined, undefined] }));
const numbers = (of: Named) =>
  Object.fromEntries(Object.entries(of).map(([name, t]: [string, Tensor]) => [name, toNumbers(t)]));

it('tells each look its own rows, several looks asked for at once', async () => {
  const asked: number[] = [];
  const at = telling(looks, told, made(asked));
  for (let i = 0; i < looks.length; i++) {
    const rows = i < 3 ? [0, 1] : [0, 1, 9, 9];
    expect(numbers(await at(i))).toEqual({ both: rows.flatMap((label) => [label, i]) });
    // Heun's method looks twice at a time.
    expect(numbers(await at(i)).both).toHaveLength(2 * rows.length);
  }
  // 3 looks of two and 14 of four are 62 rows; the three that are left come after.
  expect(asked).toEqual([62, 12]);
});

it('asks for one look at a time where a batch is large, and tells things as they are where nobody makes them ready', async () => {
  const rows = Array.from({ length: 100 }, (_, i) => i % 2);
  const large = [0.5, 0.25].map((time) => ({ time, rows }));
  const asked: number[] = [];
  const at = telling(large, told, made(asked));
  await at(0);
  await at(1);
  expect(asked).toEqual([100, 100]);
  expect(numbers(await telling(large, told)(1))).toEqual({ label: rows, time: rows.map(() => 0.25) });
});
