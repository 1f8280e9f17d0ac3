import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TileBlend } from './blend.ts';
import type { Corners } from './boxes.ts';
import { type Detection, mergeTiles, type Tile, tilesOf } from './tiles.ts';

/** What a perfect detector finds in each tile: the boxes, cut at the tile's edges. */
function seen(tiles: readonly Tile[], things: readonly { box: Corners; index: number }[]): Detection[][] {
  return tiles.map(({ x, y, width, height }) =>
    things.flatMap(({ box, index }, i) => {
      const cut: Corners = [
        Math.max(0, box[0] - x),
        Math.max(0, box[1] - y),
        Math.min(width, box[2] - x),
        Math.min(height, box[3] - y),
      ];
      return cut[2] - cut[0] > 3 && cut[3] - cut[1] > 3 ? [{ box: cut, index, score: 0.9 - i / 10 }] : [];
    }),
  );
}

describe('tilesOf', () => {
  it('covers the picture with whole tiles that share at least the overlap', () => {
    const side = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(
        side,
        side,
        fc.integer({ min: 8, max: 60 }),
        fc.integer({ min: 0, max: 7 }),
        (h, w, tile, overlap) => {
          const tiles = tilesOf([h, w], [tile, tile], overlap);
          const xs = [...new Set(tiles.map(({ x }) => x))];
          expect(tiles.length).toBe(xs.length * new Set(tiles.map(({ y }) => y)).size);
          for (const t of tiles) expect([t.width, t.height]).toEqual([Math.min(tile, w), Math.min(tile, h)]);
          expect([xs[0], xs.at(-1)! + tiles[0]!.width]).toEqual([0, w]);
          xs.slice(1).forEach((x, i) => {
            expect(x).toBeLessThanOrEqual(xs[i]! + tile - overlap);
            expect(x).toBeGreaterThan(xs[i]!);
          });
        },
      ),
    );
    expect(() => tilesOf([9, 9], [4, 4], 4)).toThrow(/overlap by less than their shorter side, got 4/);
  });
});

describe('TileBlend', () => {
  it('gives back a map that all tiles agree on', () => {
    const size = [37, 53] as const;
    const value = (c: number, x: number, y: number) => Math.sin(x / 5 + c) + y / 10;
    const tiles = tilesOf(size, [16, 20], 5);
    const blend = new TileBlend(size, 2);
    for (const t of tiles) {
      const map = Float32Array.from({ length: 2 * t.width * t.height }, (_, i) => {
        const pixel = i % (t.width * t.height);
        return value(Math.floor(i / (t.width * t.height)), t.x + (pixel % t.width), t.y + Math.floor(pixel / t.width));
      });
      blend.add(t, map);
    }
    blend.result().forEach((v, i) => {
      const pixel = i % (37 * 53);
      expect(v).toBeCloseTo(value(Math.floor(i / (37 * 53)), pixel % 53, Math.floor(pixel / 53)), 4);
    });
  });

  it('changes over smoothly where tiles disagree, and names what is missing', () => {
    const blend = new TileBlend([1, 12], 1);
    const [a, b] = tilesOf([1, 12], [1, 8], 0) as [Tile, Tile];
    expect([a.x, b.x]).toEqual([0, 4]);
    blend.add(a, new Float32Array(8).fill(0));
    expect(() => blend.result()).toThrow(/no tile covers pixel \(8, 0\)/);
    expect(() => blend.add(b, new Float32Array(7))).toThrow(/holds 1 values a pixel, got 7/);
    blend.add(b, new Float32Array(8).fill(1));
    const got = blend.result();
    expect([...got.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
    expect([...got.subarray(8)]).toEqual([1, 1, 1, 1]);
    got.subarray(4, 8).forEach((v, i) => {
      expect(v).toBeGreaterThan(got[3 + i]!);
    });
  });
});

describe('mergeTiles', () => {
  const size = [100, 140] as const;
  const tiles = tilesOf(size, [60, 60], 20);

  it('finds each thing once and whole: inside a tile, at a border, in a corner, larger than the overlap', () => {
    const things = [
      { box: [5, 5, 20, 20], index: 0 },
      { box: [38, 30, 52, 45], index: 1 },
      { box: [30, 60, 100, 75], index: 0 },
      { box: [42, 42, 58, 58], index: 2 },
      { box: [1, 20, 30, 99], index: 1 },
    ] satisfies { box: Corners; index: number }[];
    const merged = mergeTiles(tiles, seen(tiles, things), size);
    expect(merged).toEqual(things.map(({ box, index }, i) => ({ box, index, score: expect.closeTo(0.9 - i / 10, 6) })));
  });

  it('puts a thing over four tiles together', () => {
    const thing = { box: [10, 10, 90, 90] as Corners, index: 0 };
    expect(mergeTiles(tiles, seen(tiles, [thing]), size)).toEqual([{ ...thing, score: 0.9 }]);
  });

  it('keeps neighbours apart: side by side, and of different classes in one place', () => {
    const things = [
      { box: [40, 5, 49, 25] as Corners, index: 0 },
      { box: [51, 5, 62, 25] as Corners, index: 0 },
      { box: [40, 5, 49, 26] as Corners, index: 1 },
    ];
    expect(mergeTiles(tiles, seen(tiles, things), size)).toHaveLength(3);
  });

  it('asks for a list a tile', () => {
    expect(() => mergeTiles(tiles, [], size)).toThrow(/6 tiles have as many lists of detections, got 0/);
  });
});
