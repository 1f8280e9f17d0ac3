import { sizeOf } from '../../base/tensor.ts';
import { cos, div, equal, exp, greater, log, mul, neg, pow, sign, sin, sub, unbroadcast, where } from '../build.ts';
import { aligned } from '../channel-context.ts';
import { addDim, divDim, mulDim } from '../dim.ts';
import type { OpRecord } from '../op.ts';
import { register } from '../op.ts';
import * as dims from './dims.ts';
import { toEven } from './host.ts';
import { divideWhole, divideWide, evaluateBinary, evaluateByKind } from './host-math.ts';
import { binary, broadcastType, perElement, unary } from './per-element.ts';
import type { OpName } from './signatures.ts';

/** Arithmetic applied element by element, with NumPy broadcasting. */

/** WGSL asks for an absolute error of 2⁻¹¹ only, and gets no more on some machines. */
const inexact = () => true;

/** A step function: its gradient is zero wherever it exists. */
const step = <K extends OpName>(name: K, value: (x: number) => number, more?: Partial<OpRecord<K>>) =>
  unary(name, 'stops', 1, value, more);

register(
  binary(
    'Add',
    (c) => [() => c.dy, () => c.dy],
    evaluateBinary(
      (a, b) => a + b,
      (a, b) => a + b,
    ),
    { dims: dims.sized(addDim), steady: true },
  ),
  binary(
    'Sub',
    (c) => [() => c.dy, () => neg(c.dy)],
    evaluateBinary(
      (a, b) => a - b,
      (a, b) => a - b,
    ),
    { dims: dims.sized(dims.difference), steady: true },
  ),
  binary(
    'Mul',
    (c, a, b) => [() => mul(c.dy, b), () => mul(c.dy, a)],
    evaluateByKind(
      (a, b) => a * b,
      Math.imul,
      (a, b) => a * b,
    ),
    { dims: dims.sized(mulDim), steady: true },
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
    {
      cost: perElement(10),
      dims: dims.numeric((a, b) => a ** b),
      // Its shader does not compile where the exponent is spread over the base, or the base over the exponent.
      offGpu: (c) => c.type(1).shape.length > 0 && String(c.type(0).shape) !== String(c.type(1).shape),
    },
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
  unary('Identity', (c) => c.dy, 0, undefined, { view: 'whole', dims: dims.same, steady: true }),
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
  unary('Erf', (c, x) => mul(c.dy, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))), 8, undefined, { steady: true }),
  unary('Sin', (c, x) => mul(c.dy, cos(x)), 8, Math.sin, { offGpu: inexact }),
  unary('Cos', (c, x) => neg(mul(c.dy, sin(x))), 8, Math.cos, { offGpu: inexact }),
  step('Sign', Math.sign),
  step('Floor', Math.floor, { dims: dims.rounding(Math.floor) }),
  step('Ceil', Math.ceil, { dims: dims.rounding(Math.ceil) }),
  step('Round', toEven, { dims: dims.rounding(toEven) }),
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
