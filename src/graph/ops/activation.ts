import {
  add,
  and,
  erf,
  exp,
  greater,
  hardSigmoid,
  less,
  mul,
  reduceSum,
  sigmoid,
  softplus,
  sub,
  tanh,
  unbroadcast,
  where,
} from '../build.ts';
import { aligned, type ChannelContext, likeFirst } from '../channel-context.ts';
import type { GradientContext } from '../op.ts';
import { register } from '../op.ts';
import type { Value } from '../value.ts';
import * as dims from './dims.ts';
import { isAbove, isBelow } from './edges.ts';
import { perElement, unary } from './per-element.ts';

/** Activation functions. Gradients take the form with the fewest passes over memory. */

const SQRT_HALF = Math.SQRT1_2;
const INV_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);
const TANH_SCALE = Math.sqrt(2 / Math.PI);
const TANH_CUBIC = 0.044715;

/** Φ(x), the normal distribution function. */
const normalCdf = (x: Value) => add(mul(erf(mul(x, SQRT_HALF)), 0.5), 0.5);
/** tanh(√(2/π)·(x + 0.044715·x³)) */
const tanhArgument = (x: Value) => tanh(mul(x, add(mul(mul(x, x), TANH_SCALE * TANH_CUBIC), TANH_SCALE)));

function geluGradient(c: GradientContext<'Gelu'>, x: Value): Value {
  if (c.attrs.string('approximate') === 'tanh') {
    const t = tanhArgument(x);
    const slope = add(mul(mul(x, x), 3 * TANH_SCALE * TANH_CUBIC), TANH_SCALE);
    const inner = mul(mul(x, sub(1, mul(t, t))), slope);
    return mul(c.dy, mul(add(add(t, inner), 1), 0.5));
  }
  const density = mul(exp(mul(mul(x, x), -0.5)), mul(x, INV_SQRT_2PI));
  return mul(c.dy, add(normalCdf(x), density));
}

/** Every number depends on the others along the axis. */
const alongAxis = {
  elementwise: undefined,
  channels: (c: ChannelContext<'Softmax' | 'LogSoftmax'>) => {
    c.in(0).at(c.attrs.int('axis'))?.measure();
    return likeFirst(c);
  },
};

const leakyMask = (c: { readonly dy: Value }, x: Value, below: Value | number) => where(greater(x, 0), c.dy, below);

register(
  unary('Relu', (c, _x, y) => mul(c.dy, isAbove(y, 0)), 1, undefined, {
    dims: dims.positive((a) => Math.max(a, 0)),
    steady: true,
  }),
  unary('Sigmoid', (c, _x, y) => mul(mul(c.dy, y), sub(1, y)), 8, undefined, { steady: true }),
  unary('Tanh', (c, _x, y) => mul(c.dy, sub(1, mul(y, y))), 8, undefined, { steady: true }),
  unary('Softplus', (c, x) => mul(c.dy, sigmoid(x)), 12, undefined, { steady: true }),
  unary('LeakyRelu', (c, x) => leakyMask(c, x, mul(c.dy, c.attrs.float('alpha'))), 1, undefined, { steady: true }),
  unary('Elu', (c, x, y) => leakyMask(c, x, mul(c.dy, add(y, c.attrs.float('alpha')))), 8, undefined, { steady: true }),
  unary(
    'HardSigmoid',
    (c, _x, y) => where(and(greater(y, 0), less(y, 1)), mul(c.dy, c.attrs.float('alpha')), 0),
    3,
    undefined,
    { writtenOut: true, steady: true },
  ),
  // With u = x/6 + 1/2 clipped to [0, 1]: y' = 2u − 1/2 between, where u is neither; 0 where it is 0, and 1 where it is 1.
  unary(
    'HardSwish',
    (c, x) => {
      const u = hardSigmoid(x);
      const ends = sub(isAbove(u, 0), isBelow(u, 1));
      return mul(c.dy, sub(mul(sub(u, mul(ends, 0.25)), 2), 0.5));
    },
    4,
    undefined,
    { writtenOut: true, steady: true, opset: 14, lower: (c) => [mul(c.in(0), hardSigmoid(c.in(0)))] },
  ),
  unary('Gelu', geluGradient, 12, undefined, {
    writtenOut: true,
    steady: true,
    opset: 20,
    lower: (c) => {
      const x = c.in(0);
      const phi = c.attrs.string('approximate') === 'tanh' ? mul(add(tanhArgument(x), 1), 0.5) : normalCdf(x);
      return [mul(x, phi)];
    },
  }),
  // SiLU. With s = sigmoid(x): y' = s + y·(1 − s).
  unary(
    'Swish',
    (c, x, y) => {
      const alpha = c.attrs.float('alpha');
      const s = sigmoid(alpha === 1 ? x : mul(x, alpha));
      const rest = mul(y, sub(1, s));
      return mul(c.dy, add(s, alpha === 1 ? rest : mul(rest, alpha)));
    },
    9,
    undefined,
    {
      writtenOut: true,
      opset: 24,
      lower: (c) => {
        const alpha = c.attrs.float('alpha');
        const x = c.in(0);
        return [mul(x, sigmoid(alpha === 1 ? x : mul(x, alpha)))];
      },
    },
  ),
  unary(
    'Mish',
    (c, x) => {
      const t = tanh(softplus(x));
      return mul(c.dy, add(t, mul(mul(x, sigmoid(x)), sub(1, mul(t, t)))));
    },
    20,
    undefined,
    { writtenOut: true },
  ),
  {
    name: 'PRelu',
    elementwise: true,
    channels: aligned,
    parameters: [undefined, 'slope'],
    infer: (c) => [c.type(0)],
    cost: perElement(2),
    gradient: (c) => {
      const x = c.in(0);
      return [
        c.needs(0) ? leakyMask(c, x, mul(c.dy, c.in(1))) : undefined,
        c.needs(1) ? unbroadcast(where(greater(x, 0), 0, mul(c.dy, x)), c.in(1)) : undefined,
      ];
    },
  },
  unary(
    'Softmax',
    (c, _x, y) => {
      const g = mul(c.dy, y);
      return sub(g, mul(y, reduceSum(g, [c.attrs.int('axis')])));
    },
    12,
    undefined,
    { ...alongAxis, writtenOut: true },
  ),
  unary('LogSoftmax', (c, _x, y) => sub(c.dy, mul(exp(y), reduceSum(c.dy, [c.attrs.int('axis')]))), 14, undefined, {
    ...alongAxis,
    writtenOut: true,
  }),
);
