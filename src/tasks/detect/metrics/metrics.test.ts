import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Corners } from '../../../data/geometry/boxes.ts';
import type { Detection } from '../../../data/geometry/tiles.ts';
import { DetectionJudge } from './coco.ts';
import { BoxConfusion } from './confusion.ts';
import type { TrueBox } from './match.ts';
import { pointFor } from './thresholds.ts';

interface Recording {
  cases: {
    classes: number;
    pictures: { truths: TrueBox[]; detections: Detection[] }[];
    figures: Record<string, number | null>;
    perClass: (number | null)[];
  }[];
}

const { cases }: Recording = JSON.parse(readFileSync(new URL('fixtures/coco.json', import.meta.url), 'utf8'));
const near = (v: number | null) => (v === null ? null : expect.closeTo(v, 9));

describe('DetectionJudge', () => {
  cases.forEach(({ classes, pictures, figures, perClass }, i) => {
    it(`equals pycocotools, case ${i}: ${pictures.length} pictures, ${classes} classes`, () => {
      const judge = new DetectionJudge(classes);
      for (const { truths, detections } of pictures) judge.add(truths, detections);
      const { classes: each, ...ours } = judge.figures();
      expect(ours).toEqual(Object.fromEntries(Object.entries(figures).map(([k, v]) => [k, near(v)])));
      expect(each.map(({ ap }) => ap)).toEqual(perClass.map(near));
    });
  });

  const box: Corners = [10, 10, 60, 60];
  it('neither asks for what is difficult nor minds it found', () => {
    const judge = new DetectionJudge(1);
    judge.add([{ box, index: 0, difficult: true }], [{ box, index: 0, score: 0.9 }]);
    expect(judge.figures().ap).toBeNull();
    judge.add([{ box, index: 0 }], [{ box, index: 0, score: 0.8 }]);
    expect(judge.figures()).toMatchObject({ ap: expect.closeTo(1, 9), ar1: 1, apSmall: null });
  });

  it('names what does not fit', () => {
    const judge = new DetectionJudge(2);
    expect(() => judge.add([{ box, index: 2 }], [])).toThrow(/classes 0 … 1, got 2/);
    expect(() => judge.add([], [{ box, index: 0, score: Number.NaN }])).toThrow(/scores are numbers, got NaN/);
  });
});

describe('thresholds', () => {
  const at = (x: number): Corners => [x, 0, x + 10, 10];
  const judge = new DetectionJudge(1);
  judge.add(
    [0, 20, 40, 60].map((x) => ({ box: at(x), index: 0 })),
    [
      { box: at(0), index: 0, score: 0.9 },
      { box: at(100), index: 0, score: 0.8 },
      { box: at(20), index: 0, score: 0.7 },
      { box: at(40), index: 0, score: 0.7 },
      { box: at(200), index: 0, score: 0.6 },
      { box: at(60), index: 0, score: 0.5 },
    ],
  );
  judge.add([], []);

  it('says what is missed and what is a false alarm at every score', () => {
    expect(judge.points()).toEqual([
      { score: 0.9, missed: 0.75, falseAlarms: 0, precision: 1 },
      { score: 0.8, missed: 0.75, falseAlarms: 0.5, precision: 0.5 },
      { score: 0.7, missed: 0.25, falseAlarms: 0.5, precision: 0.75 },
      { score: 0.6, missed: 0.25, falseAlarms: 1, precision: 0.6 },
      { score: 0.5, missed: 0, falseAlarms: 1, precision: 4 / 6 },
    ]);
  });

  it('finds the threshold for a wish, or that there is none', () => {
    const points = judge.points(0);
    expect(pointFor(points, { missed: 0.3 })?.score).toBe(0.7);
    expect(pointFor(points, { missed: 0 })?.score).toBe(0.5);
    expect(pointFor(points, { falseAlarms: 0.5 })?.score).toBe(0.7);
    expect(pointFor(points.slice(0, 3), { missed: 0 })).toBeNull();
    expect(pointFor([], { falseAlarms: 1 })).toBeNull();
  });
});

describe('BoxConfusion', () => {
  it('counts mix-ups, misses and false alarms, and leaves crowds alone', () => {
    const at = (x: number): Corners => [x, 0, x + 10, 10];
    const confusion = new BoxConfusion(2, 0.5);
    confusion.add(
      [
        { box: at(0), index: 0 },
        { box: at(20), index: 0 },
        { box: at(40), index: 1 },
        { box: [100, 0, 200, 50], index: 1, crowd: true },
      ],
      [
        { box: at(1), index: 0, score: 0.9 },
        { box: at(0), index: 1, score: 0.6 },
        { box: at(20), index: 1, score: 0.6 },
        { box: at(40), index: 1, score: 0.4 },
        { box: at(120), index: 1, score: 0.9 },
        { box: at(80), index: 0, score: 0.9 },
      ],
    );
    // The box at 0 is better placed than the one at 1, which is left over.
    expect(confusion.rows).toEqual([
      [0, 2, 0],
      [0, 0, 1],
      [2, 0, 0],
    ]);
    expect(() => confusion.add([{ box: at(0), index: 2 }], [])).toThrow(/classes 0 … 1, got 2/);
  });
});
