import { describe, expect, it } from 'vitest';
import type { ExitExample } from '../record.ts';
import { scenarios, synthetic } from '../testing/synthetic.ts';
import { judge } from './evaluate.ts';
import { leaversOf } from './examples.ts';

const N = 300;
const said = { ...synthetic(scenarios[1]!, N, 1), classes: 6 };
const policy = { thresholds: [0.9, 0.8, 0.95], always: [], suspicion: 1 };
const names = Array.from({ length: 6 }, (_, c) => `class ${c}`);
const files = Array.from({ length: N }, (_, i) => `${i}.jpg`);
const found = leaversOf(said, policy, files, names);

const wrong = (e: ExitExample) => e.predicted !== e.truth;
const lost = (e: ExitExample) => wrong(e) && e.end === e.truth;

describe('leaversOf', () => {
  it('counts what judge counts, by exit and by class', () => {
    const whole = judge(said, policy);
    const sum = (pick: (l: (typeof found.leavers)[number]) => number) => found.leavers.reduce((s, l) => s + pick(l), 0);
    expect(found.leavers.map((l) => l.left / N)).toEqual(whole.shares);
    expect(1 - sum((l) => l.wrong) / N).toBeCloseTo(whole.accuracy, 12);
    expect([sum((l) => l.lost), sum((l) => l.gained)]).toEqual([whole.lost, whole.gained]);
    expect(whole.lost).toBeGreaterThan(6);
    expect(found.byClass.map((row) => row.reduce((a, b) => a + b))).toEqual(
      names.map((_, c) => said.labels.filter((l) => l === c).length),
    );
    found.leavers.forEach((l, k) => {
      expect(found.byClass.reduce((s, row) => s + row[k]!, 0)).toBe(l.left);
    });
  });

  it('shows at each exit who left there: the lost first, then others that are wrong, then right ones of several classes', () => {
    for (const [k, { left, wrong: mistakes, lost: losses, examples }] of found.leavers.entries()) {
      expect(examples).toHaveLength(Math.min(10, left));
      for (const e of examples) {
        expect(e.passed).toHaveLength(k + 1);
        expect(e.truth).toBe(names[said.labels[Number.parseInt(e.file, 10)]!]);
        if (k < 3) expect(e.passed.at(-1)).toBeGreaterThanOrEqual(policy.thresholds[k]!);
        for (const [j, p] of e.passed.slice(0, -1).entries()) expect(p).toBeLessThan(policy.thresholds[j]!);
      }
      const order = examples.map((e) => (lost(e) ? 0 : wrong(e) ? 1 : 2));
      expect(order).toEqual([...order].sort());
      expect(examples.filter(wrong)).toHaveLength(Math.min(6, mistakes));
      expect(examples.filter(lost)).toHaveLength(Math.min(6, losses));
      // The first of each class come before the second of any.
      const right = examples.filter((e) => !wrong(e)).map((e) => e.truth);
      const different = new Set(right).size;
      expect(new Set(right.slice(0, different)).size).toBe(different);
    }
  });

  it('is the same every time', () => {
    expect(leaversOf(said, policy, files, names)).toEqual(found);
  });
});
