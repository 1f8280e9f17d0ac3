import { check } from '../../../base/errors.ts';
import { fixed } from '../../../graph/dim.ts';
import { type Call, type Converter, input } from '../call.ts';
import { ownAttributes } from './direct.ts';

/** Transposed convolution with its output's size given, or left to a rule: as padding. */

export const windows: Record<string, Converter> = {
  ConvTranspose: (c) => {
    const attrs = ownAttributes(c);
    const rule = String(attrs.auto_pad ?? 'NOTSET');
    const wanted = c.attrs.ints('output_shape');
    delete attrs.auto_pad;
    delete attrs.output_shape;
    if (wanted || rule.startsWith('SAME')) attrs.pads = padsFor(c, wanted?.slice(-spatialRank(c)), rule);
    if (rule === 'VALID') delete attrs.pads;
    return c.make('ConvTranspose', c.inputs, attrs);
  },
};

const spatialRank = (c: Call) => input(c, 0).type.shape.length - 2;

/** Padding that makes the output as large as wanted (input times stride under SAME). */
function padsFor(c: Call, wanted: readonly number[] | undefined, rule: string): number[] {
  const rank = spatialRank(c);
  const ones = Array.from({ length: rank }, () => 1);
  const strides = c.attrs.ints('strides') ?? ones;
  const dilations = c.attrs.ints('dilations') ?? ones;
  const extra = c.attrs.ints('output_padding') ?? ones.map(() => 0);
  const size = (i: number, j: number) => fixed(input(c, i).type.shape[j + 2], 'a spatial dimension');
  const totals = ones.map((_, j) => {
    const reach = (size(1, j) - 1) * dilations[j]! + 1;
    const full = strides[j]! * (size(0, j) - 1) + extra[j]! + reach;
    return full - (wanted?.[j] ?? size(0, j) * strides[j]!);
  });
  check(
    totals.every((t) => t >= 0),
    () => `the output cannot be as large as [${wanted}]`,
  );
  const small = totals.map((t) => Math.floor(t / 2));
  const large = totals.map((t, j) => t - small[j]!);
  return rule === 'SAME_UPPER' ? [...small, ...large] : [...large, ...small];
}
