import { describe, expect, it } from 'vitest';
import { scenarios, synthetic } from '../testing/synthetic.ts';
import { rulesFor } from './never.ts';
import { exitOf, exitTable } from './table.ts';

const CLASSES = 6;
const scenario = { ...scenarios[0]!, skill: [3, 3.4, 3.6, 4] };
const always = [1, 4];

/** Share of the images of the classes that leave early although everybody may who is allowed. */
function leavingEarly(seed: number, n: number, rules: ReturnType<typeof rulesFor>): number {
  const { logits, labels } = synthetic(scenario, n, seed);
  const table = exitTable(logits, labels, CLASSES, rules);
  const rows = [...labels.keys()].filter((i) => always.includes(labels[i]!));
  return rows.filter((i) => exitOf(table, [0, 0, 0], i) < 3).length / rows.length;
}

describe('rulesFor', () => {
  const { logits, labels } = synthetic(scenario, 600, 1);

  it('keeps every calibration image of the classes, and unseen ones as often as it says', () => {
    const rules = rulesFor(logits, labels, CLASSES, always);
    expect(leavingEarly(1, 600, rules)).toBe(0);
    expect(leavingEarly(2, 20_000, rules)).toBeLessThan(0.02);
    // The prediction alone does not keep them.
    expect(leavingEarly(1, 600, { always, suspicion: 1 })).toBeGreaterThan(0.03);
  });

  it('misses the share that it may, and lets more of the other images leave for it', () => {
    const [strict, loose] = [0, 0.05].map((miss) => rulesFor(logits, labels, CLASSES, always, miss));
    expect(leavingEarly(2, 20_000, loose!)).toBeCloseTo(0.05, 1.3);
    expect(loose!.suspicion).toBeGreaterThan(strict!.suspicion);
  });

  it('is no rule without classes, and says when it cannot know', () => {
    expect(rulesFor(logits, labels, CLASSES, [])).toEqual({ always: [], suspicion: 1 });
    const rest = labels.map((l) => (l === 1 ? 0 : l));
    expect(() => rulesFor(logits, rest, CLASSES, [1])).toThrow(/none of the calibration images/);
    expect(() => rulesFor(logits, labels, CLASSES, [1], 1)).toThrow(/below 1/);
  });
});
