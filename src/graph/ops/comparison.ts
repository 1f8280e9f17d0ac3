import { aligned } from '../channel-context.ts';
import { type OpRecord, register } from '../op.ts';
import * as dims from './dims.ts';
import { evaluateComparison, evaluateUnary } from './host-math.ts';
import { broadcastType, perElement } from './per-element.ts';
import type { OpName } from './signatures.ts';

/** Truths element by element, with NumPy broadcasting: comparisons, logic, tests of one number. */

type Test = Parameters<typeof evaluateComparison>[0];

const comparison = <K extends OpName>(name: K, test: Test, more: Partial<OpRecord<K>> = {}): OpRecord<K> => ({
  name,
  elementwise: true,
  channels: aligned,
  infer: (c) => [{ dtype: 'bool', shape: broadcastType(c)[0]!.shape }],
  cost: perElement(1),
  gradient: 'stops',
  evaluate: evaluateComparison(test),
  ...more,
});

const test = <K extends OpName>(
  name: K,
  holds: (x: number) => boolean,
  more: Partial<OpRecord<K>> = {},
): OpRecord<K> => ({
  name,
  elementwise: true,
  channels: aligned,
  infer: (c) => [{ dtype: 'bool', shape: c.type(0).shape }],
  cost: perElement(1),
  gradient: 'stops',
  evaluate: evaluateUnary((x) => Number(holds(x)), 'bool'),
  ...more,
});

register(
  comparison('Equal', (a, b) => a === b, { dims: dims.zip(dims.equality) }),
  comparison('Greater', (a, b) => a > b, { dims: dims.numeric((a, b) => Number(a > b)) }),
  comparison('Less', (a, b) => a < b, { dims: dims.numeric((a, b) => Number(a < b)) }),
  comparison('GreaterOrEqual', (a, b) => a >= b, { dims: dims.numeric((a, b) => Number(a >= b)) }),
  comparison('LessOrEqual', (a, b) => a <= b, { dims: dims.numeric((a, b) => Number(a <= b)) }),
  comparison('And', (a, b) => Boolean(a && b), { dims: dims.numeric((a, b) => Number(a !== 0 && b !== 0)) }),
  comparison('Or', (a, b) => Boolean(a || b), { dims: dims.numeric((a, b) => Number(a !== 0 || b !== 0)) }),
  comparison('Xor', (a, b) => a !== b),
  test('Not', (x) => x === 0, { dims: dims.numericEach((a) => Number(a === 0)) }),
  test('IsNaN', Number.isNaN),
);
