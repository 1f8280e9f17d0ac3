import { check } from '../../base/errors.ts';
import { sizeOf, toNumbers } from '../../base/tensor.ts';
import { Axis } from '../axes.ts';
import {
  add,
  cast,
  countAlong,
  div,
  equal,
  exp,
  expandLike,
  ints,
  mul,
  reduceSum,
  reshape,
  sign,
  sub,
  where,
} from '../build.ts';
import { type ChannelContext, unrelated } from '../channel-context.ts';
import { addDim, type Dim, mulDim } from '../dim.ts';
import { apply1, type GradientContext, type InferContext, type OpRecord, register } from '../op.ts';
import { constantOf, type Value } from '../value.ts';
import * as dims from './dims.ts';
import { axisOf, hostContext } from './host.ts';
import { evaluateArg } from './host-index.ts';
import { evaluateCumSum, evaluateReduction } from './host-math.ts';

import type { OpName } from './signatures.ts';

export { axisOf };

/** Reductions over axes (the second input, as in opset 18; none means all). */

type Reduction = Extract<OpName, `Reduce${string}`>;

function axesOf(c: Pick<InferContext<Reduction>, 'inputs' | 'attrs' | 'type'>): number[] {
  const { shape } = c.type(0);
  const given = c.inputs[1];
  const axes = given ? constantOf(given) : undefined;
  check(!given || axes, 'the axes must be a constant');
  const list = axes ? toNumbers(axes) : [];
  if (list.length === 0) return c.attrs.int('noop_with_empty_axes') === 1 ? [] : shape.map((_, i) => i);
  return list.map((a) => axisOf(a, shape.length));
}

function reducedShape(shape: readonly Dim[], axes: readonly number[], keep: boolean): Dim[] {
  return shape.flatMap((d, i) => (axes.includes(i) ? (keep ? [1] : []) : [d]));
}

/** dy (and y) with the reduced dimensions kept as ones, ready to broadcast. */
function kept(c: GradientContext<Reduction>, value: Value): Value {
  return reshape(value, reducedShape(c.type(0).shape, axesOf(c), true));
}

type More = Pick<OpRecord<Reduction>, 'dims' | 'offGpu'>;
type Gradient = (c: GradientContext<Reduction>, dy: Value, y: Value) => Value;

type Reduce = (values: Float64Array) => number;

function reduction<K extends Reduction>(name: K, gradient: Gradient, reduce?: Reduce, more?: More): OpRecord<K>;
function reduction(name: Reduction, gradient: Gradient, reduce?: Reduce, more: More = {}): OpRecord<Reduction> {
  const axes: Parameters<typeof evaluateReduction>[0] = (_, inputs, attrs) => axesOf(hostContext(inputs, attrs));
  return {
    name,
    pools: true,
    ...(reduce && { evaluate: evaluateReduction(axes, reduce) }),
    infer: (c) => {
      const { dtype, shape } = c.type(0);
      return [{ dtype, shape: reducedShape(shape, axesOf(c), c.attrs.int('keepdims') === 1) }];
    },
    cost: (c) => ({ macs: 0, flops: sizeOf(c.inputs[0]!) }),
    gradient: (c) => [gradient(c, kept(c, c.dy), kept(c, c.outputs[0]!)), undefined],
    channels: reducedAxes,
    ...more,
  };
}

/** The reduced dimensions are gone, or one element; the result has something of each of their indices. */
function reducedAxes(c: ChannelContext<Reduction>): Axis[][] {
  const axes = axesOf({ inputs: c.node.inputs, attrs: c.attrs, type: (i) => c.node.inputs[i]!.type });
  const keep = c.attrs.int('keepdims') === 1;
  for (const i of axes) c.in(0)[i]!.measure();
  return [c.in(0).flatMap((a, i) => (axes.includes(i) ? (keep ? [new Axis(1, true)] : []) : [a]))];
}

const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);

/** To the extreme elements, in equal shares on a tie. */
const extreme: Gradient = (c, dy, y) => {
  const hit = cast(equal(c.in(0), y), 'float32');
  return mul(hit, div(dy, reduceSum(hit, axesOf(c))));
};

/** The product of all the others: y / x, but for zeros: one alone gets the product of the rest, every other element nothing. */
function productOfOthers(c: GradientContext, dy: Value): Value {
  const [x, axes] = [c.in(0), axesOf(c)];
  const isZero = equal(x, 0);
  const zeros = reduceSum(cast(isZero, 'float32'), axes);
  const filled = where(isZero, 1, x);
  const rest = mul(dy, apply1('ReduceProd', [filled, ints(axes)]));
  return where(isZero, where(equal(zeros, 1), rest, 0), div(where(equal(zeros, 0), rest, 0), filled));
}

register(
  reduction('ReduceSum', (c, dy) => expandLike(dy, c.in(0)), sum, {
    dims: dims.reduction((all) => (all.every((d) => Number.isInteger(d)) ? all.reduce<Dim>(addDim, 0) : undefined)),
  }),
  reduction(
    'ReduceMean',
    (c, dy) => expandLike(div(dy, countAlong(c.in(0), axesOf(c))), c.in(0)),
    (values) => sum(values) / values.length,
  ),
  reduction('ReduceMax', extreme, (values) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY), {
    dims: dims.numericReduction((all) => Math.max(...all)),
  }),
  reduction('ReduceMin', extreme, (values) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY), {
    dims: dims.numericReduction((all) => Math.min(...all)),
  }),
  reduction('ReduceL1', (c, dy) => mul(dy, sign(c.in(0)))),
  // At the zero vector there is no slope; zero is the subgradient of the smallest length, and PyTorch's choice.
  reduction('ReduceL2', (c, dy, y) => mul(c.in(0), where(equal(y, 0), 0, div(dy, y)))),
  reduction('ReduceSumSquare', (c, dy) => mul(c.in(0), add(dy, dy))),
  reduction('ReduceLogSumExp', (c, dy, y) => mul(dy, exp(sub(c.in(0), y))), undefined, {
    // The exponential of 90 is too large for it; a processor takes the largest off first.
    offGpu: () => true,
  }),
  reduction('ReduceLogSum', (c, dy) => expandLike(div(dy, reduceSum(c.in(0), axesOf(c))), c.in(0))),
  reduction('ReduceProd', productOfOthers, (values) => values.reduce((a, b) => a * b, 1), {
    dims: dims.reduction((all) => all.reduce<Dim>(mulDim, 1)),
  }),
);

type Arg = 'ArgMax' | 'ArgMin';
type Better = (a: number, b: number) => boolean;

function arg<K extends Arg>(name: K, better: Better): OpRecord<K>;
function arg(name: Arg, better: Better): OpRecord<Arg> {
  return {
    name,
    channels: unrelated,
    evaluate: evaluateArg(better),
    infer: (c) => {
      const { shape } = c.type(0);
      const axis = axisOf(c.attrs.int('axis'), shape.length);
      return [{ dtype: 'int64', shape: reducedShape(shape, [axis], c.attrs.int('keepdims') === 1) }];
    },
    cost: (c) => ({ macs: 0, flops: sizeOf(c.inputs[0]!) }),
    gradient: 'stops',
  };
}

const argMax = arg('ArgMax', (a, b) => a > b);
const argMin = arg('ArgMin', (a, b) => a < b);

register(argMax, argMin, {
  name: 'CumSum',
  channels: unrelated,
  evaluate: evaluateCumSum(axisOf),
  infer: (c) => [c.type(0)],
  cost: (c) => ({ macs: 0, flops: sizeOf(c.inputs[0]!) }),
  gradient: (c) => [
    apply1('CumSum', [c.dy, c.in(1)], { exclusive: c.attrs.int('exclusive'), reverse: 1 - c.attrs.int('reverse') }),
    undefined,
  ],
});
