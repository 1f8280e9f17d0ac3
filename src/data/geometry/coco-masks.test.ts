import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Corners } from './boxes.ts';
import { mask } from './mask.ts';
import { nms } from './nms.ts';
import type { Size } from './placement.ts';
import type { Polygon } from './polygons.ts';
import { paintShapes, rleOfPolygon } from './rasterise.ts';
import { maskOfRle, packRuns, paintRle, rleOf, runsOf } from './rle.ts';

interface Recording {
  polygons: { size: Size; polygon: Polygon; packed: string; counts: number[] }[];
  unions: { size: Size; polygons: Polygon[]; packed: string }[];
  nms: { boxes: Corners[]; scores: number[]; classes: number[]; threshold: number; kept: number[] }[];
}

const recording: Recording = JSON.parse(readFileSync(new URL('fixtures/coco-masks.json', import.meta.url), 'utf8'));

describe('as pycocotools does it', () => {
  recording.polygons.forEach(({ size, polygon, packed, counts }, i) => {
    it(`polygon ${i} of ${polygon.length} corners`, () => {
      const rle = rleOfPolygon(polygon, size);
      expect(packRuns(runsOf(rle))).toBe(packed);
      expect(runsOf({ size, counts: packed })).toEqual(runsOf(rle));
      expect(maskOfRle({ size, counts: packed })).toEqual(maskOfRle({ size, counts }));
      expect(rleOf(maskOfRle(rle)).counts).toEqual(counts);
    });
  });

  it('several outlines are one thing', () => {
    for (const { size, polygons, packed } of recording.unions) {
      const out = mask(size[1], size[0]);
      paintShapes(out, [{ index: 1, polygons }]);
      expect(out).toEqual(maskOfRle({ size, counts: packed }));
    }
  });

  it('suppresses boxes as torchvision', () => {
    for (const { boxes, scores, classes, threshold, kept } of recording.nms) {
      expect(nms(boxes, scores, threshold, classes)).toEqual(kept);
    }
  });
});

describe('run lengths', () => {
  it('come back from masks, numbers and strings', () => {
    const anyMask = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
      .chain(([w, h]) =>
        fc.uint8Array({ min: 0, max: 2, minLength: w * h, maxLength: w * h }).map((d) => mask(w, h, d)),
      );
    fc.assert(
      fc.property(anyMask, (m) => {
        const rle = rleOf(m, 2);
        const back = mask(m.width, m.height);
        paintRle(back, { size: rle.size, counts: packRuns(rle.counts) }, 2);
        expect(back.data).toEqual(m.data.map((v) => (v === 2 ? 2 : 0)));
      }),
    );
  });

  it('say what is wrong with them', () => {
    expect(() => runsOf({ size: [4, 5], counts: [3, 4] })).toThrow(/5×4 has runs of 20 pixels together, got 7/);
    expect(() => runsOf({ size: [4, 5], counts: [-1, 21] })).toThrow(/whole numbers from 0 on, got -1/);
    expect(() => runsOf({ size: [4, 5], counts: 'o' })).toThrow(/in the middle of a number/);
    expect(() => paintRle(mask(5, 4), { size: [5, 4], counts: [20] }, 1)).toThrow(/4×5 does not fit a mask of 5×4/);
    expect(() => rleOfPolygon([[1, 1]], [4, 5])).toThrow(/three corners, got 1/);
  });

  it('later shapes lie over earlier ones', () => {
    const out = mask(4, 2);
    const square: Polygon = [
      [0, 0],
      [2, 0],
      [2, 2],
      [0, 2],
    ];
    paintShapes(out, [
      { index: 3, polygons: [square] },
      { index: 7, rle: { size: [2, 4], counts: [2, 4, 2] } },
    ]);
    expect([...out.data]).toEqual([3, 7, 7, 0, 3, 7, 7, 0]);
  });
});

describe('nms', () => {
  it('keeps the order of equal scores and names what does not fit', () => {
    const box: Corners = [0, 0, 4, 4];
    expect(nms([box, box, [9, 9, 12, 12]], [0.5, 0.5, 0.5], 0.5)).toEqual([0, 2]);
    expect(nms([box, box], [0.1, 0.5], 0.5, [0, 1])).toEqual([1, 0]);
    expect(() => nms([box], [], 0.5)).toThrow(/1 boxes have as many scores, got 0/);
  });
});
