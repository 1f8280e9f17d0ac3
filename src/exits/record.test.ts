import { describe, expect, it } from 'vitest';
import { type ExitsRecord, exitsSchema, judged } from './record.ts';
import { example, record } from './testing/record.ts';

const read = (value: unknown) => exitsSchema.safeParse(JSON.parse(JSON.stringify(value)));

describe('exits.json', () => {
  it('comes back from its text as it was, with a test split or without', () => {
    const withTest = record();
    const without = record({ test: null, curve: record().curve.map((p) => ({ ...p, test: null })), statics: [] });
    for (const r of [withTest, without]) expect(read(r)).toEqual({ success: true, data: r });
    expect(judged(withTest).split).toBe('test');
    expect(judged(without)).toEqual({ split: 'val', report: without.val });
  });

  it('is refused where its parts do not fit each other, or something is added', () => {
    const [first, ...rest] = record().leavers;
    const showing = (e: ReturnType<typeof example>): Partial<ExitsRecord> => ({
      leavers: [{ ...first!, examples: [e] }, ...rest],
    });
    const wrong: Partial<ExitsRecord>[] = [
      { leavers: rest },
      showing(example({ truth: 'rust' })),
      showing(example({ passed: [0.5, 0.9] })),
      showing(example({ passed: [1.2] })),
      { byClass: [[1, 2, 3]] },
      { curve: record().curve.map((p) => ({ ...p, test: null })) },
      { curve: record().curve.map((p) => ({ ...p, shares: [1] })) },
    ];
    for (const change of wrong) expect(read(record(change)).success).toBe(false);
    expect(read({ ...record(), more: 1 }).success).toBe(false);
  });
});
