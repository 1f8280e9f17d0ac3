import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Size } from '../../../data/geometry/placement.ts';
import { BoundaryJudge } from './boundary.ts';
import { PixelConfusion } from './pixels.ts';

interface Recording {
  classes: number;
  pictures: { size: Size; truth: string; predicted: string }[];
  rows: number[][];
  iou: (number | null)[];
  dice: (number | null)[];
  band: number;
  boundaryIou: (number | null)[];
}

const recording: Recording = JSON.parse(readFileSync(new URL('fixtures/metrics.json', import.meta.url), 'utf8'));
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
const close = (values: readonly (number | null)[]) => values.map((v) => (v === null ? null : expect.closeTo(v, 9)));

describe('against numpy and scipy', () => {
  const { classes, pictures, rows, iou, dice, band, boundaryIou } = recording;

  it('counts pixels, IoU and Dice over pictures of several sizes', () => {
    const confusion = new PixelConfusion(classes);
    for (const { truth, predicted } of pictures) confusion.add(bytes(truth), bytes(predicted));
    const figures = confusion.figures();
    expect(confusion.rows()).toEqual(rows);
    expect(figures.classes.map((c) => c.iou)).toEqual(close(iou));
    expect(figures.classes.map((c) => c.dice)).toEqual(close(dice));
    const known = iou.filter((v) => v !== null);
    expect(figures.miou).toBeCloseTo(known.reduce((a, b) => a + b) / known.length, 9);
  });

  it('measures boundary IoU', () => {
    const judge = new BoundaryJudge(classes, { band });
    for (const { size, truth, predicted } of pictures) judge.add(bytes(truth), bytes(predicted), size);
    expect(judge.figures().classes.map((c) => c.iou)).toEqual(close(boundaryIou));
  });
});

describe('PixelConfusion', () => {
  it('leaves out what is not labelled, and classes that do not occur', () => {
    const confusion = new PixelConfusion(3);
    confusion.add([0, 0, 1, 255], [0, 1, 1, 0]);
    const figures = confusion.figures();
    expect(figures.accuracy).toBeCloseTo(2 / 3, 12);
    expect(figures.classes[2]).toEqual({ support: 0, iou: null, dice: null, recall: null, precision: null });
    expect(figures.miou).toBe(0.5);
  });

  it('says what is wrong', () => {
    const confusion = new PixelConfusion(2);
    expect(() => confusion.figures()).toThrow(/no labelled pixels/);
    expect(() => confusion.add([0], [0, 1])).toThrow(/got 2 and 1; resize the prediction/);
    expect(() => confusion.add([0, 2], [0, 1])).toThrow(/classes 0 … 1 .* got truth 2 and prediction 1/);
    expect(() => confusion.add([0], [255])).toThrow(/prediction 255/);
  });
});

describe('BoundaryJudge', () => {
  const size: Size = [20, 20];
  const square = (left: number) =>
    Uint8Array.from({ length: 400 }, (_, i) => {
      const [x, y] = [i % 20, Math.floor(i / 20)];
      return x >= left && x < left + 8 && y >= 6 && y < 14 ? 1 : 0;
    });

  it('gives 1 for what is right, and much less than overlap for what is off by a little', () => {
    const right = new BoundaryJudge(2);
    right.add(square(5), square(5), size);
    expect(right.figures()).toMatchObject({ iou: 1, f: 1 });
    const off = new BoundaryJudge(2);
    off.add(square(5), square(7), size);
    // One pixel wide rings of 28 pixels, two apart: they share 2 × 6 on the horizontal sides, of 2 × 28 - 12.
    expect(off.figures().classes[1]!.iou).toBeCloseTo(12 / 44, 12);
    // Within one pixel lie, of each contour of 28, 2 × 7 on the horizontal sides and 2 below and above their ends.
    expect(off.figures().classes[1]!.f).toBeCloseTo(16 / 28, 12);
  });

  it('does not judge where nothing is labelled', () => {
    const judge = new BoundaryJudge(2);
    const truth = square(5).map((v, i) => (i % 20 < 9 ? 255 : v));
    judge.add(truth, square(5), size);
    expect(judge.figures()).toMatchObject({ iou: 1, f: 1 });
  });
});
