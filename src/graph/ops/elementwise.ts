import { check } from '../../base/errors.ts';
import { sizeOf } from '../../base/tensor.ts';
import {
  cos,
  div,
  equal,
  exp,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  log,
  mul,
  neg,
  or,
  pow,
  reduceSum,
  sign,
  sin,
  sub,
  unbroadcast,
  where,
} from '../build.ts';
import { aligned } from '../channel-context.ts';
import { addDim, broadcastShapes, type Dim, divDim, type Element, mulDim } from '../dim.ts';
import type { CostContext, DimsContext, GradientContext, InferContext, OpRecord } from '../op.ts';
import { register } from '../op.ts';
import type { TensorType, Value } from '../value.ts';
import * as dims from './dims.ts';
import { toEven } from './host.ts';
import {
  divideWhole,
  divideWide,
  evaluateBinary,
  evaluateByKind,
  evaluateClip,
  evaluateComparison,
  evaluateUnary,
  evaluateWhere,
} from './host-math.ts';
import type { OpName } from './signatures.ts';

/** Arithmetic applied element by element, with NumPy broadcasting. */

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

type Binary = (c: GradientContext, a: Value, b: Value) => [() => Value, () => Value];

type Evaluate = OpRecord<OpName>['evaluate'];

function binary<K extends OpName>(
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

/** A step function: its gradient is zero wherever it exists. */
const step = <K extends OpName>(name: K, value: (x: number) => number, more?: Partial<OpRecord<K>>) =>
  unary(name, 'stops', 1, value, more);

/** Gradient of Min/Max: to the chosen operand, halves on a tie. */
function chosen(better: (a: Value, b: Value) => Value): Binary {
  return (c, a, b) => {
    const share = (x: Value, other: Value) => () =>
      mul(c.dy, where(better(x, other), 1, where(equal(x, other), 0.5, 0)));
    return [share(a, b), share(b, a)];
  };
}

const pickWide = (first: boolean, a: bigint, b: bigint) => (first ? a : b);

type Extreme = 'Min' | 'Max';
type Better = (a: Value, b: Value) => Value;
type Dims = (c: DimsContext) => Element[] | undefined;

/** The smallest or largest of any number of operands; the gradient is known of one or two. */
function extreme<K extends Extreme>(name: K, better: Better, evaluate: Evaluate, smaller: Dims): OpRecord<K>;
function extreme(name: Extreme, better: Better, evaluate: Evaluate, smaller: Dims): OpRecord<Extreme> {
  const pair = chosen(better);
  return {
    ...binary(name, pair, evaluate, { dims: smaller }),
    gradient: (c) => {
      check(c.inputs.length <= 2, `the gradient of ${name} takes one or two inputs, got ${c.inputs.length}`);
      if (c.inputs.length === 1) return [c.dy];
      return pair(c, c.in(0), c.in(1)).map((make, i) => (c.needs(i) ? unbroadcast(make(), c.in(i)) : undefined));
    },
  };
}

register(
  binary(
    'Add',
    (c) => [() => c.dy, () => c.dy],
    evaluateBinary(
      (a, b) => a + b,
      (a, b) => a + b,
    ),
    { dims: dims.sized(addDim) },
  ),
  binary(
    'Sub',
    (c) => [() => c.dy, () => neg(c.dy)],
    evaluateBinary(
      (a, b) => a - b,
      (a, b) => a - b,
    ),
    { dims: dims.sized(dims.difference) },
  ),
  binary(
    'Mul',
    (c, a, b) => [() => mul(c.dy, b), () => mul(c.dy, a)],
    evaluateByKind(
      (a, b) => a * b,
      Math.imul,
      (a, b) => a * b,
    ),
    { dims: dims.sized(mulDim) },
  ),
  binary(
    'Div',
    (c, _a, b) => [() => div(c.dy, b), () => neg(div(mul(c.dy, c.outputs[0]!), b))],
    evaluateByKind((a, b) => a / b, divideWhole, divideWide),
    { cost: perElement(4), dims: dims.zip(dims.quotient) },
  ),
  binary(
    'Pow',
    (c, a, b) => [
      // To the power of 0 everything is 1, at 0 too, where b·aᵇ⁻¹ would be 0·∞.
      () => mul(c.dy, mul(b, pow(a, sub(where(equal(b, 0), 1, b), 1)))),
      () => mul(c.dy, mul(c.outputs[0]!, log(where(greater(a, 0), a, 1)))),
    ],
    evaluateBinary((a, b) => a ** b),
    { cost: perElement(10), dims: dims.numeric((a, b) => a ** b) },
  ),
  extreme(
    'Min',
    less,
    evaluateBinary(Math.min, (a, b) => pickWide(a < b, a, b)),
    dims.zip((a, b) => dims.smaller(a, b, 1)),
  ),
  extreme(
    'Max',
    greater,
    evaluateBinary(Math.max, (a, b) => pickWide(a > b, a, b)),
    dims.zip((a, b) => dims.smaller(a, b, -1)),
  ),
  {
    name: 'Sum',
    elementwise: true,
    channels: aligned,
    infer: (c) => broadcastType(c),
    cost: (c) => ({ macs: 0, flops: (c.inputs.length - 1) * sizeOf(c.outputs[0] ?? []) }),
    gradient: (c) => c.inputs.map((_, i) => (c.needs(i) ? unbroadcast(c.dy, c.in(i)) : undefined)),
    evaluate: evaluateBinary((a, b) => a + b),
  },
  unary(
    'Neg',
    (c) => neg(c.dy),
    1,
    (x) => -x,
    { dims: dims.numericEach((a) => -a) },
  ),
  unary('Identity', (c) => c.dy, 0, undefined, { view: 'whole', dims: dims.same }),
  unary('Abs', (c, x) => mul(c.dy, sign(x)), 1, Math.abs, { dims: dims.positive(Math.abs) }),
  unary('Exp', (c, _x, y) => mul(c.dy, y), 8, Math.exp),
  unary('Log', (c, x) => div(c.dy, x), 8, Math.log),
  unary('Sqrt', (c, _x, y) => div(mul(c.dy, 0.5), y), 4, Math.sqrt, { dims: dims.numericEach(Math.sqrt) }),
  unary(
    'Reciprocal',
    (c, _x, y) => neg(mul(c.dy, mul(y, y))),
    4,
    (x) => 1 / x,
    { dims: dims.numericEach((a) => 1 / a) },
  ),
  unary('Erf', (c, x) => mul(c.dy, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))), 8),
  unary('Sin', (c, x) => mul(c.dy, cos(x)), 8, Math.sin),
  unary('Cos', (c, x) => neg(mul(c.dy, sin(x))), 8, Math.cos),
  step('Sign', Math.sign),
  step('Floor', Math.floor, { dims: dims.rounding(Math.floor) }),
  step('Ceil', Math.ceil, { dims: dims.rounding(Math.ceil) }),
  step('Round', toEven, { dims: dims.rounding(toEven) }),
  {
    name: 'Where',
    elementwise: true,
    channels: aligned,
    dims: dims.where,
    infer: (c) => {
      check(c.type(0).dtype === 'bool', () => `the condition must be bool, got ${c.type(0).dtype}`);
      const [type] = broadcastType(c, 1);
      return [{ dtype: type!.dtype, shape: broadcastShapes(c.type(0).shape, type!.shape) }];
    },
    cost: perElement(1),
    gradient: (c) => [
      undefined,
      c.needs(1) ? unbroadcast(where(c.in(0), c.dy, 0), c.in(1)) : undefined,
      c.needs(2) ? unbroadcast(where(c.in(0), 0, c.dy), c.in(2)) : undefined,
    ],
    evaluate: evaluateWhere,
  },
  {
    name: 'Clip',
    elementwise: true,
    channels: aligned,
    infer: (c) => [c.type(0)],
    cost: perElement(2),
    gradient: (c) => {
      const [x, low, high] = [c.in(0), c.inputs[1], c.inputs[2]];
      const below = low && lessOrEqual(x, low);
      const above = high && greaterOrEqual(x, high);
      const outside = below && above ? or(below, above) : (below ?? above);
      const zeroWhere = (mask: Value | undefined) => (mask ? where(mask, 0, c.dy) : c.dy);
      const sumWhere = (mask: Value | undefined, bound: Value) =>
        mask && unbroadcast(reduceSum(where(mask, c.dy, 0), undefined, false), bound);
      return [
        c.needs(0) ? zeroWhere(outside) : undefined,
        low && c.needs(1) ? sumWhere(below, low) : undefined,
        high && c.needs(2) ? sumWhere(above, high) : undefined,
      ];
    },
    evaluate: evaluateClip,
  },
  {
    name: 'Mod',
    elementwise: true,
    channels: aligned,
    infer: (c) => broadcastType(c),
    cost: perElement(1),
    gradient: 'none',
    dims: dims.zip((a, b) => {
      if (typeof a === 'number' && typeof b === 'number') return b === 0 ? undefined : a - b * Math.floor(a / b);
      return divDim(a, b) === undefined ? undefined : 0;
    }),
    // Without fmod the result takes the divisor's sign, with it the dividend's.
    evaluate: (inputs, attrs) => {
      if (attrs.int('fmod') === 1) return evaluateBinary((a, b) => a % b)(inputs, attrs);
      const floorMod = (a: number, b: number) => a - b * Math.floor(a / b);
      return evaluateByKind(floorMod, floorMod, (a, b) => (divideWide(0n, b) + (a % b) + b) % b)(inputs, attrs);
    },
  },
);

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
