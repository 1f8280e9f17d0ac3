import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracyInterval, evaluate, evaluationSchema, recallInterval } from './evaluation.ts';
import type { EvaluationRow } from './score.ts';

const abc = ['a', 'b', 'c'];
const row = (label: number, ...probabilities: number[]): EvaluationRow => ({
  file: `${label}/${probabilities.join('-')}.png`,
  label,
  probabilities,
});

/** 4 × a (3 right, 1 as b), 2 × b (1 right, 1 as a), no c. */
const rows = [
  row(0, 0.9, 0.1, 0),
  row(0, 0.8, 0.1, 0.1),
  row(0, 0.5, 0.25, 0.25),
  row(0, 0.25, 0.7, 0.05),
  row(1, 0.1, 0.9, 0),
  row(1, 0.95, 0.04, 0.01),
];

describe('evaluate', () => {
  it('gives the values worked out by hand', () => {
    const e = evaluate(abc, rows, 'test');
    expect(e.confusion).toEqual([
      [3, 1, 0],
      [1, 1, 0],
      [0, 0, 0],
    ]);
    expect([e.split, e.images, e.top5]).toEqual(['test', 6, null]);
    expect(e.accuracy).toBeCloseTo(4 / 6, 12);
    expect(e.classes).toEqual([
      { name: 'a', support: 4, precision: 3 / 4, recall: 3 / 4, f1: 3 / 4 },
      { name: 'b', support: 2, precision: 1 / 2, recall: 1 / 2, f1: 1 / 2 },
      { name: 'c', support: 0, precision: 0, recall: 0, f1: 0, notDefined: ['precision', 'recall', 'f1'] },
    ]);
    expect(e.macroRecall).toBeCloseTo((0.75 + 0.5) / 3, 12);
    expect(e.macroF1).toBeCloseTo((0.75 + 0.5) / 3, 12);
    expect(e.balancedAccuracy).toBeCloseTo((0.75 + 0.5) / 2, 12);
    const loss = -(Math.log(0.9) + Math.log(0.8) + Math.log(0.5) + Math.log(0.25) + Math.log(0.9) + Math.log(0.04)) / 6;
    expect(e.loss).toBeCloseTo(loss, 12);
  });

  it('bins confidences into 15 and weighs their distance from the hits', () => {
    const e = evaluate(abc, rows, 'val');
    // Confidences 0.9, 0.9 (both right) share the bin 13/15 … 14/15; 0.8 falls exactly on an edge and belongs below it.
    const filled = e.bins.filter(({ count }) => count > 0);
    expect(e.bins).toHaveLength(15);
    expect(filled.map(({ high, count, accuracy }) => [Math.round(high * 15), count, accuracy])).toEqual([
      [8, 1, 1],
      [11, 1, 0],
      [12, 1, 1],
      [14, 2, 1],
      [15, 1, 0],
    ]);
    expect(filled[3]!.confidence).toBeCloseTo(0.9, 12);
    expect(e.calibrationError).toBeCloseTo((0.5 + 0.7 + 0.2 + 0.2 + 0.95) / 6, 12);
  });

  it('names the most confident mistakes first, at most 24', () => {
    const e = evaluate(abc, rows, 'test');
    expect(e.worst).toEqual([
      { file: '1/0.95-0.04-0.01.png', truth: 'b', predicted: 'a', confidence: 0.95, probabilityOfTruth: 0.04 },
      { file: '0/0.25-0.7-0.05.png', truth: 'a', predicted: 'b', confidence: 0.7, probabilityOfTruth: 0.25 },
    ]);
    const wrong = Array.from({ length: 40 }, (_, i) => row(0, 0.4 - i / 200, 0.6 + i / 200, 0));
    const kept = evaluate(abc, wrong, 'test').worst.map((w) => w.confidence);
    expect(kept).toHaveLength(24);
    expect(kept).toEqual([...kept].sort((a, b) => b - a));
    expect(kept[0]).toBeCloseTo(0.795, 12);
  });

  it('counts the truth among the five most probable, ties by position', () => {
    const six = ['a', 'b', 'c', 'd', 'e', 'f'];
    const tie = (label: number) => row(label, ...Array.from({ length: 6 }, () => 1 / 6));
    expect(evaluate(six, [tie(0), tie(4), tie(5)], 'test').top5).toBeCloseTo(2 / 3, 12);
    expect(evaluate(six, [row(5, 0.5, 0.1, 0.1, 0.1, 0.05, 0.15)], 'test').top5).toBe(1);
    expect(evaluate(six, [row(4, 0.5, 0.1, 0.1, 0.1, 0.05, 0.15)], 'test').top5).toBe(0);
  });

  it('flags a precision that has nothing to divide by, and only that', () => {
    const e = evaluate(['a', 'b'], [row(0, 1, 0), row(1, 1, 0)], 'test');
    expect(e.classes[1]).toEqual({ name: 'b', support: 1, precision: 0, recall: 0, f1: 0, notDefined: ['precision'] });
  });

  it('stays a number when the truth was given no probability at all', () => {
    expect(evaluate(['a', 'b'], [row(1, 1, 0)], 'test').loss).toBeCloseTo(-Math.log(1e-12), 9);
  });

  it('says the same of logits as of their softmax', () => {
    // Whole numbers: equal logits stay equal and different ones different after the exponential.
    const logits = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 7, maxLength: 7 });
    const items = fc.array(fc.record({ label: fc.nat(6), logits }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(items, (list) => {
        const names = [...'abcdefg'];
        const raw = list.map((item, i) => ({ file: `${i}`, ...item }));
        const soft = raw.map(({ file, label, logits }) => {
          const exp = logits.map((v) => Math.exp(v - Math.max(...logits)));
          const sum = exp.reduce((a, b) => a + b);
          return { file, label, probabilities: exp.map((v) => v / sum) };
        });
        const [a, b] = [evaluate(names, raw, 'test'), evaluate(names, soft, 'test')];
        expect(b.confusion).toEqual(a.confusion);
        expect([b.accuracy, b.top5]).toEqual([a.accuracy, a.top5]);
        expect(b.loss).toBeCloseTo(a.loss, 6);
      }),
    );
  });

  it('always gives what its own schema accepts, and metrics that agree with each other', () => {
    const float32 = fc.float({ noNaN: true, noDefaultInfinity: true });
    const items = fc.integer({ min: 1, max: 8 }).chain((classes) =>
      fc.record({
        classes: fc.constant(classes),
        rows: fc.array(
          fc.record({
            file: fc.string(),
            label: fc.nat(classes - 1),
            logits: fc.array(float32, { minLength: classes, maxLength: classes }),
          }),
          { minLength: 1, maxLength: 40 },
        ),
      }),
    );
    fc.assert(
      fc.property(items, ({ classes, rows }) => {
        const names = Array.from({ length: classes }, (_, c) => `class ${c}`);
        const e = evaluate(names, rows, 'test');
        expect(evaluationSchema.parse(JSON.parse(JSON.stringify(e)))).toEqual(e);
        // Accuracy is the recall weighted by support.
        const weighted = e.classes.reduce((sum, c) => sum + c.recall * c.support, 0) / e.images;
        expect(weighted).toBeCloseTo(e.accuracy, 9);
        expect(e.bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(e.images);
        const { low, high } = accuracyInterval(e);
        expect(low).toBeLessThanOrEqual(e.accuracy);
        expect(high).toBeGreaterThanOrEqual(e.accuracy);
      }),
    );
  });
});

describe('bad input', () => {
  it('names the file whose numbers are not numbers', () => {
    const broken = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    fc.assert(
      fc.property(broken, fc.nat(2), fc.boolean(), (value, at, asLogits) => {
        const values = [0.2, 0.3, 0.5];
        values[at] = value;
        const bad: EvaluationRow = asLogits
          ? { file: 'x/bad.png', label: 0, logits: values }
          : { file: 'x/bad.png', label: 0, probabilities: values };
        expect(() => evaluate(abc, [row(0, 1, 0, 0), bad], 'test')).toThrow(
          new RegExp(`'x/bad.png', class ${at}, is ${value}; expected`),
        );
      }),
    );
  });

  it('refuses logits given as probabilities, wrong lengths, labels that do not exist, and nothing at all', () => {
    expect(() => evaluate(abc, [row(0, 0.9, 0.9, 0.9)], 'test')).toThrow(/sum to 2\.7.*logits/);
    expect(() => evaluate(abc, [row(0, -3, 5, 1)], 'test')).toThrow(/class 0, is -3; expected a probability/);
    expect(() => evaluate(abc, [row(0, 0.5, 0.5)], 'test')).toThrow(/2 probabilities, but there are 3 classes/);
    expect(() => evaluate(abc, [row(3, 1, 0, 0)], 'test')).toThrow(/label 3.*0 … 2/);
    expect(() => evaluate(abc, [row(0.5, 1, 0, 0)], 'test')).toThrow(/label 0\.5/);
    expect(() => evaluate(abc, [], 'val')).toThrow(/val split has no images/);
    expect(() => evaluate([], rows, 'val')).toThrow(/at least one class/);
  });

  it('does not accept a file whose matrix cannot belong to it', () => {
    const e = evaluate(abc, rows, 'test');
    const reject = (change: object) => evaluationSchema.safeParse({ ...e, ...change }).success;
    expect(reject({})).toBe(true);
    expect(reject({ confusion: [[6]] })).toBe(false);
    expect(reject({ images: 7 })).toBe(false);
    expect(reject({ accuracy: 1.2 })).toBe(false);
    expect(reject({ classes: undefined })).toBe(false);
  });
});

describe('recallInterval', () => {
  it('covers a class with images and is undefined without', () => {
    const e = evaluate(abc, rows, 'test');
    const { low, high } = recallInterval(e, 0)!;
    // 3 of 4: centre (0.75 + 1.9207 / 4) / (1 + 3.8415 / 4), computed by hand.
    expect(low).toBeCloseTo(0.30064, 4);
    expect(high).toBeCloseTo(0.95441, 4);
    expect(recallInterval(e, 2)).toBeUndefined();
  });
});
