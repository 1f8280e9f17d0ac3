import { check } from '../../base/errors.ts';
import { sizeOf } from '../../base/tensor.ts';
import { equal, greater, greaterOrEqual, less, lessOrEqual, mul, or, reduceSum, unbroadcast, where } from '../build.ts';
import { aligned } from '../channel-context.ts';
import { broadcastShapes, type Element } from '../dim.ts';
import { type DimsContext, type OpRecord, register } from '../op.ts';
import { constantOf, type Value } from '../value.ts';
import * as dims from './dims.ts';
import { isAbove, isBelow } from './edges.ts';
import { evaluateBinary, evaluateClip, evaluateWhere } from './host-math.ts';
import { type Binary, binary, broadcastType, type Evaluate, perElement } from './per-element.ts';

/** Which of several numbers is taken, element by element, with NumPy broadcasting: the gradient goes to the one taken. */

/** Gradient of Min/Max: to the chosen operand, halves on a tie. */
function chosen(better: (a: Value, b: Value) => Value): Binary {
  return (c, a, b) => {
    const share = (x: Value, other: Value) => () =>
      mul(c.dy, where(better(x, other), 1, where(equal(x, other), 0.5, 0)));
    return [share(a, b), share(b, a)];
  };
}

const pickWide = (first: boolean, a: bigint, b: bigint) => (first ? a : b);

/** Ones where nothing was clipped, zeros elsewhere; undefined where the bounds are not known, or numbers are no float32. */
function insideOf(y: Value, low: Value | undefined, high: Value | undefined): Value | undefined {
  const bounds = [low, high].map((v) => v && numberIn(v));
  if (y.type.dtype !== 'float32' || (low && bounds[0] === undefined) || (high && bounds[1] === undefined))
    return undefined;
  const [from, to] = [
    bounds[0] === undefined ? undefined : isAbove(y, bounds[0]),
    bounds[1] === undefined ? undefined : isBelow(y, bounds[1]),
  ];
  return from && to ? mul(from, to) : (from ?? to);
}

/** The number that a constant holds; undefined where it is none, or not finite. */
function numberIn(value: Value): number | undefined {
  const held = constantOf(value);
  if (!held || sizeOf(held.shape) !== 1) return undefined;
  const number = Number(held.data[0]);
  return Number.isFinite(number) ? number : undefined;
}

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
    steady: true,
    channels: aligned,
    infer: (c) => [c.type(0)],
    cost: perElement(2),
    gradient: (c) => {
      // By what came out, which says the same: what went in need not be kept, and a runtime may fuse it away.
      const [y, low, high] = [c.outputs[0]!, c.inputs[1], c.inputs[2]];
      const inside = insideOf(y, low, high);
      if (inside && !c.needs(1) && !c.needs(2)) return [c.needs(0) ? mul(c.dy, inside) : undefined];
      const below = low && lessOrEqual(y, low);
      const above = high && greaterOrEqual(y, high);
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
);
