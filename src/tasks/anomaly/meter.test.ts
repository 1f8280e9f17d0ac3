import { describe, expect, it } from 'vitest';
import { f32 } from '../../base/tensor.ts';
import { mask } from '../../data/geometry/mask.ts';
import { unmoved } from '../../data/geometry/placement.ts';
import { targetOfMask } from '../segment/target.ts';
import { anomalyEvaluation } from './evaluation.ts';
import { anomalyMeter } from './meter.ts';
import { anomalyOptions } from './options.ts';
import type { AnomalyTarget } from './target.ts';
import { anomalyText } from './text.ts';

const SIZE = [2, 3] as const;
const good: AnomalyTarget = { anomalous: false };
const cut = (...pixels: number[]): AnomalyTarget => ({
  anomalous: true,
  kind: 'cut',
  mask: targetOfMask(mask(3, 2, Uint8Array.from(pixels))),
});
const options = { ...anomalyOptions.parse({}), promised: { falseAlarms: 0.02, pictures: 49 } };

/** Judges pictures of 3×2 pixels, each with its score and its map. */
function judged(pictures: readonly (readonly [AnomalyTarget, number, readonly number[]])[], detailed = true) {
  const meter = anomalyMeter({ classes: ['good', 'anomalous'], fileOf: (i) => `${i}.png`, detailed, options });
  pictures.forEach(([truth, score, map], i) => {
    const batch = { images: f32([1, 3, 2, 3]), targets: {}, truths: [truth], placements: [unmoved(SIZE)] };
    const outputs = { map: f32([1, 1, 2, 3], map), score: f32([1], [score]) };
    meter.add(outputs, { ...batch, indices: Uint32Array.of(i), views: Uint32Array.of(1) });
  });
  return meter;
}

const cold = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1];
const hot = [0.2, 2, 0.2, 0.2, 2, 0.2];
const pictures = [
  [good, 0.5, cold],
  [good, 1.2, cold],
  [good, 0.75, cold],
  [cut(0, 1, 0, 0, 1, 0), 1.5, hot],
  [{ anomalous: true, kind: 'stain' }, 0.75, hot],
] as const;

describe('what is said of a set of pictures', () => {
  const evaluation = anomalyEvaluation.parse(judged(pictures).evaluation('test'));

  it('counts misses and false alarms at the threshold, which is 1, and tells the promise', () => {
    expect(evaluation).toMatchObject({ images: 5, good: 3, anomalous: 2, missed: 1, falseAlarms: 1 });
    // 1.5 before all three; 0.75 before one, level with one, behind one.
    expect(evaluation.auroc).toBeCloseTo((3 + 1.5) / 6, 12);
    expect(evaluation.threshold).toEqual({ wished: 0.01, promised: 0.02, pictures: 49 });
    expect(evaluation.kinds).toEqual([
      { name: 'cut', images: 1, missed: 0, auroc: 1 },
      { name: 'stain', images: 1, missed: 1, auroc: 0.5 },
    ]);
  });

  it('judges pixels only where somebody has drawn what is anomalous', () => {
    expect(evaluation.pixels).toEqual({ auroc: 1, aupro: expect.closeTo(1, 6), regions: 1 });
  });

  it('keeps mistakes and what is right with their heat maps', () => {
    const files = Object.entries(evaluation.examples).map(([kind, list]) => [kind, list.map(({ file }) => file)]);
    expect(Object.fromEntries(files)).toEqual({
      missed: ['4.png'],
      falseAlarms: ['1.png'],
      found: ['3.png'],
      passed: ['2.png', '0.png'],
    });
    expect(evaluation.examples.found[0]!.truth).toBeDefined();
    expect(evaluation.examples.missed[0]!.truth).toBeUndefined();
  });

  it('reads as text, whatever is missing', () => {
    expect(anomalyText(evaluation)).toMatch(
      /at most 2\.0 % false alarms may be promised; 1\.0 % was asked for, which takes 99/,
    );
    const some = judged(pictures.slice(0, 2)).evaluation('val');
    expect([some.auroc, some.kinds, some.pixels.auroc]).toEqual([null, [], null]);
    expect(anomalyText(some)).toMatch(/AUROC +–/);
  });

  it('has figures only where they can be measured', () => {
    expect(judged(pictures, false).figures()).toEqual({ auroc: 0.75, missed: 0.5, falseAlarms: 1 / 3 });
    expect(judged(pictures.slice(0, 1)).figures()).toEqual({ falseAlarms: 0 });
    expect(() => judged([[good, Number.NaN, cold]])).toThrow(/the score of 0\.png is not a number/);
  });
});
