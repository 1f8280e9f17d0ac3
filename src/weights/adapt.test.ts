import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { formulaInput } from '../testing/formula.ts';
import { adaptChannels, reshaped } from './adapt.ts';

/** Recorded by reference/weights/resample.py. */
const cases: { stored: number[]; shape: number[]; values: number[] }[] = JSON.parse(
  readFileSync(new URL('fixtures/adapt.json', import.meta.url), 'utf8'),
);

describe('adaptChannels', () => {
  it.each(cases.map((c) => [`[${c.stored}] to [${c.shape}]`, c] as const))('does to %s what timm does', (_, c) => {
    const out = adaptChannels(formulaInput('stored', c.stored), c.shape)!;
    expect(out.shape).toEqual(c.shape);
    c.values.forEach((v, i) => {
      expect(Math.abs(out.data[i]! - v)).toBeLessThan(1e-6);
    });
  });

  it('changes input channels of convolutions only', () => {
    expect(adaptChannels(f32([4, 3, 3, 3]), [8, 1, 3, 3])).toBeUndefined();
    expect(adaptChannels(f32([4, 3, 3, 3]), [4, 1, 5, 5])).toBeUndefined();
    expect(adaptChannels(f32([4, 3]), [4, 1])).toBeUndefined();
  });
});

describe('reshaped', () => {
  it('lets 1×1 convolutions and linear layers stand for each other', () => {
    const t = f32([2, 3], [1, 2, 3, 4, 5, 6]);
    expect(reshaped(t, [2, 3, 1, 1])).toEqual({ ...t, shape: [2, 3, 1, 1] });
    expect(reshaped(f32([3, 1, 1]), [3])?.shape).toEqual([3]);
    expect(reshaped(t, [3, 2])).toBeUndefined();
    expect(reshaped(t, [1, 2, 3])).toBeUndefined();
  });
});
