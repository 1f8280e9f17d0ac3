import { check } from '../../base/errors.ts';
import { sizeOf } from '../../base/tensor.ts';
import { unbroadcast } from '../build.ts';
import { aligned } from '../channel-context.ts';
import { broadcastShapes, type Dim } from '../dim.ts';
import type { CostContext, GradientContext, InferContext, OpRecord } from '../op.ts';
import type { TensorType, Value } from '../value.ts';
import { evaluateUnary } from './host-math.ts';
import type { OpName } from './signatures.ts';

/** What records of operators that work element by element, with NumPy broadcasting, have in common. */

/** Cost of an elementwise operator: `each` floating-point operations per output element. */
export function perElement(each: number): (c: CostContext) => { macs: number; flops: number } {
  return (c) => ({ macs: 0, flops: each * sizeOf(c.outputs[0] ?? []) });
}

/** Output type of a broadcasting operator. */
export function broadcastType(c: InferContext, from = 0): TensorType[] {
  let shape: Dim[] = [];
  const { dtype } = c.type(from);
  for (let i = from; i < c.inputs.length; i++) {
    const t = c.type(i);
    check(t.dtype === dtype, () => `operands have types ${dtype} and ${t.dtype}; cast one of them`);
    shape = broadcastShapes(shape, t.shape);
  }
  return [{ dtype, shape }];
}

export type Binary = (c: GradientContext, a: Value, b: Value) => [() => Value, () => Value];

export type Evaluate = OpRecord<OpName>['evaluate'];

/** An operator of two tensors; `gradient` gives that of each, before what was broadcast is summed. */
export function binary<K extends OpName>(
  name: K,
  gradient: Binary,
  evaluate: Evaluate,
  more: Partial<OpRecord<K>> = {},
): OpRecord<K> {
  return {
    name,
    elementwise: true,
    channels: aligned,
    infer: (c) => broadcastType(c),
    cost: perElement(1),
    evaluate,
    gradient: (c) =>
      gradient(c, c.in(0), c.in(1)).map((make, i) => (c.needs(i) ? unbroadcast(make(), c.in(i)) : undefined)),
    ...more,
  };
}

type Unary<K extends OpName> = (c: GradientContext<K>, x: Value, y: Value) => Value;

/** An operator from one tensor to one of the same type. */
export function unary<K extends OpName>(
  name: K,
  gradient: Unary<K> | 'stops',
  flops = 1,
  value?: (x: number) => number,
  more: Partial<OpRecord<K>> = {},
): OpRecord<K> {
  return {
    name,
    elementwise: true,
    channels: aligned,
    infer: (c) => [c.type(0)],
    cost: perElement(flops),
    gradient: gradient === 'stops' ? gradient : (c) => [gradient(c, c.in(0), c.outputs[0]!)],
    ...(value && { evaluate: evaluateUnary(value) }),
    ...more,
  };
}
