import type { Figures, Tallies } from '../tasks/task.ts';

/** The sums of both, figure by figure. */
export function addTallies(a: Tallies, b: Tallies): Record<string, { sum: number; count: number }> {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(
    names.map((name) => {
      const [x, y] = [a[name] ?? { sum: 0, count: 0 }, b[name] ?? { sum: 0, count: 0 }];
      return [name, { sum: x.sum + y.sum, count: x.count + y.count }];
    }),
  );
}

/** Sum divided by count; nothing where nothing was counted. */
export function meansOf(tallies: Tallies): Figures {
  const known = Object.entries(tallies).filter(([, { count }]) => count > 0);
  return Object.fromEntries(known.map(([name, { sum, count }]) => [name, sum / count]));
}
