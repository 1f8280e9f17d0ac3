import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicateGroups, stratifiedDraw } from './split.ts';

const anyItems = fc
  .array(fc.record({ kind: fc.nat(3), hash: fc.nat(60).map(String) }), { minLength: 1, maxLength: 120 })
  .map((list) => list.map((item, i) => ({ ...item, path: `c${item.kind}/${i}.png` })));
const fraction = fc.constantFrom(0, 0.1, 0.2, 0.5);

describe('stratifiedDraw', () => {
  it('never separates exact duplicates', () => {
    fc.assert(
      fc.property(anyItems, fraction, fc.nat(), (items, f, seed) => {
        const taken = new Set(stratifiedDraw(items, f, seed, 'test'));
        for (const { members } of duplicateGroups(items)) {
          expect(new Set(members.map((i) => taken.has(i))).size).toBe(1);
        }
      }),
    );
  });

  it('does not depend on the order of the items', () => {
    fc.assert(
      fc.property(anyItems, fraction, fc.nat(), (items, f, seed) => {
        const paths = (list: typeof items) => stratifiedDraw(list, f, seed, 'val').map((i) => list[i]!.path);
        expect(new Set(paths([...items].reverse()))).toEqual(new Set(paths(items)));
      }),
    );
  });

  it('takes the fraction of every class, another one for another seed', () => {
    const items = Array.from({ length: 300 }, (_, i) => ({
      path: `${i}`,
      hash: `${i}`,
      kind: i < 200 ? 0 : i < 290 ? 1 : 2,
    }));
    const counts = (taken: number[]) => [0, 1, 2].map((c) => taken.filter((i) => items[i]!.kind === c).length);
    const first = stratifiedDraw(items, 0.2, 1, 'test');
    expect(counts(first)).toEqual([40, 18, 2]);
    const second = stratifiedDraw(items, 0.2, 2, 'test');
    expect(counts(second)).toEqual([40, 18, 2]);
    expect(second).not.toEqual(first);
    expect(stratifiedDraw(items, 0.2, 1, 'test')).toEqual(first);
  });

  it('gives at least one and keeps at least one picture of a small class', () => {
    const items = [0, 1, 2].map((i) => ({ path: `${i}`, hash: `${i}`, kind: i === 2 ? 1 : 0 }));
    expect(stratifiedDraw(items, 0.01, 0, 'val')).toHaveLength(1);
    expect(stratifiedDraw(items, 0.99, 0, 'val')).toHaveLength(1);
    expect(stratifiedDraw(items, 0, 0, 'val')).toEqual([]);
  });
});
