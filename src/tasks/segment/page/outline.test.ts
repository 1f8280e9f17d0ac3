import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mask } from '../../../data/geometry/mask.ts';
import { outlineOf } from './outline.ts';

const of = (rows: readonly string[]) =>
  mask(rows[0]!.length, rows.length, Uint8Array.from([...rows.join('')].map(Number)));

/** What a path encloses by the even-odd rule: a ray from the middle of each cell to the left crosses it an odd number of times. */
function filled(path: string, width: number, height: number): number[] {
  const edges: [x: number, from: number, to: number][] = [];
  for (const [, loop] of path.matchAll(/M([^z]*)z/g)) {
    const points = loop!.split('L').map((p) => p.split(' ').map(Number) as [number, number]);
    points.forEach(([x, y], i) => {
      const [nextX, nextY] = points[(i + 1) % points.length]!;
      expect(x === nextX || y === nextY).toBe(true);
      if (x === nextX) edges.push([x, Math.min(y, nextY), Math.max(y, nextY)]);
    });
  }
  return Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
    return edges.filter(([at, from, to]) => at < x && from < y && to > y).length % 2;
  });
}

describe('outlineOf', () => {
  it('runs once around a region, its hole and each of two cells that touch at a corner', () => {
    expect(outlineOf(of(['110', '110']), 2)).toBe('M0 0L4 0L4 4L0 4z');
    expect(outlineOf(of(['111', '101', '111']), 1).match(/M/g)).toHaveLength(2);
    expect(outlineOf(of(['10', '01']), 1)).toBe('M0 0L1 0L1 1L0 1zM1 1L2 1L2 2L1 2z');
    expect(outlineOf(of(['00']), 1)).toBe('');
  });

  it('encloses just the cells that are set, whatever they are', () => {
    const sizes = fc.record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) });
    const masks = sizes.chain(({ width, height }) => {
      const cells = { minLength: width * height, maxLength: width * height };
      return fc.array(fc.integer({ min: 0, max: 1 }), cells).map((data) => mask(width, height, Uint8Array.from(data)));
    });
    fc.assert(
      fc.property(masks, (m) => {
        expect(filled(outlineOf(m, 1), m.width, m.height)).toEqual([...m.data]);
      }),
    );
  });
});
