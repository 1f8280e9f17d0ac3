import { check } from '../../base/errors.ts';
import { type DType, sizeOf, type Tensor, tensor } from '../../base/tensor.ts';
import type { AttrReader } from '../attributes.ts';
import type { Op } from '../op.ts';
import { broadcastTo, commonShape, fill, given, isWide, numbersOf, reshaped, stridesOf, walk } from './host.ts';

/** Host evaluation of arithmetic, comparisons and reductions. */

type Evaluate = NonNullable<Op['evaluate']>;
type Wide = BigInt64Array | BigUint64Array;

/** Two operands broadcast against each other; 64-bit integers are computed as such. */
export function evaluateBinary(
  number: (a: number, b: number) => number,
  wide?: (a: bigint, b: bigint) => bigint,
): Evaluate {
  return (inputs) => [inputs.map((_, i) => given(inputs, i)).reduce((a, b) => combine(a, b, number, wide))];
}

/** As {@link evaluateBinary} for integers and floats that follow different rules (division). */
export function evaluateByKind(
  float: (a: number, b: number) => number,
  whole: (a: number, b: number) => number,
  wide: (a: bigint, b: bigint) => bigint,
): Evaluate {
  return (inputs, attrs) => {
    const rule = isFloat(given(inputs, 0).dtype) ? float : whole;
    return evaluateBinary(rule, wide)(inputs, attrs);
  };
}

const isFloat = (d: DType) => d.startsWith('float') || d === 'bfloat16';

function combine(
  a: Tensor,
  b: Tensor,
  number: (a: number, b: number) => number,
  wide?: (a: bigint, b: bigint) => bigint,
): Tensor {
  const shape = commonShape([a, b]);
  const [x, y] = [broadcastTo(a, shape), broadcastTo(b, shape)];
  if (wide && isWide(a.dtype)) {
    const [p, q] = [x.data as Wide, y.data as Wide];
    const out = tensor(a.dtype, shape);
    const data = out.data as Wide;
    for (let i = 0; i < data.length; i++) data[i] = wide(p[i]!, q[i]!);
    return out;
  }
  const [p, q] = [numbersOf(x), numbersOf(y)];
  return fill(a.dtype, shape, (i) => number(p[i]!, q[i]!));
}

/** Two operands to booleans. The same JavaScript operator compares numbers and bigints. */
export function evaluateComparison(test: (a: number | bigint, b: number | bigint) => boolean): Evaluate {
  return (inputs) => {
    const [a, b] = [given(inputs, 0), given(inputs, 1)];
    const shape = commonShape([a, b]);
    const [p, q] = [comparable(broadcastTo(a, shape)), comparable(broadcastTo(b, shape))];
    return [fill('bool', shape, (i) => Number(test(p[i]!, q[i]!)))];
  };
}

const comparable = (t: Tensor): ArrayLike<number | bigint> => (isWide(t.dtype) ? t.data : numbersOf(t));

/** One operand, element by element; the result has its type, or `to`. */
export function evaluateUnary(number: (x: number, attrs: AttrReader) => number, to?: DType): Evaluate {
  return (inputs, attrs) => {
    const t = given(inputs, 0);
    const x = numbersOf(t);
    return [fill(to ?? t.dtype, t.shape, (i) => number(x[i]!, attrs))];
  };
}

/** Where: picks from the second or the third operand. */
export const evaluateWhere: Evaluate = (inputs) => {
  const parts = [0, 1, 2].map((i) => given(inputs, i));
  const shape = commonShape(parts);
  const [condition, a, b] = parts.map((t) => broadcastTo(t, shape));
  const out = tensor(a!.dtype, shape);
  const [p, q, to] = [a!, b!, out].map((t) => t.data as Float64Array);
  for (let i = 0; i < to!.length; i++) to![i] = condition!.data[i] ? p![i]! : q![i]!;
  return [out];
};

/** Clip between two bounds that may be left out. */
export const evaluateClip: Evaluate = (inputs) => {
  const x = numbersOf(given(inputs, 0));
  const bound = (i: number, open: number) => (inputs[i] ? numbersOf(inputs[i])[0]! : open);
  const [low, high] = [bound(1, Number.NEGATIVE_INFINITY), bound(2, Number.POSITIVE_INFINITY)];
  const { dtype, shape } = given(inputs, 0);
  return [fill(dtype, shape, (i) => Math.min(Math.max(x[i]!, low), high))];
};

/** To another element type, as a C cast does it; half floats are rounded to even. */
export function castTo(t: Tensor, to: DType): Tensor {
  if (to === t.dtype) return t;
  const { data } = t;
  if (isWide(t.dtype) && isWide(to)) {
    const out = tensor(to, t.shape);
    (out.data as Wide).set(data as Wide);
    return out;
  }
  const x = numbersOf(t);
  const whole = !isFloat(to) && to !== 'bool' && isFloat(t.dtype);
  return fill(to, t.shape, whole ? (i) => Math.trunc(x[i]!) : (i) => x[i]!);
}

/** Whole-number division towards zero. */
export function divideWhole(a: number, b: number): number {
  check(b !== 0, 'a division of integers by zero');
  return Math.trunc(a / b);
}

export function divideWide(a: bigint, b: bigint): bigint {
  check(b !== 0n, 'a division of integers by zero');
  return a / b;
}

/** A reduction over axes: the number that `reduce` makes of the elements that fall together. */
export function evaluateReduction(
  axesOf: (rank: number, inputs: readonly (Tensor | undefined)[], attrs: AttrReader) => readonly number[],
  reduce: (values: Float64Array) => number,
): Evaluate {
  return (inputs, attrs) => {
    const t = given(inputs, 0);
    const axes = axesOf(t.shape.length, inputs, attrs);
    const strides = stridesOf(t.shape);
    const x = numbersOf(t);
    const inner = axes.map((a) => t.shape[a]!);
    const innerStrides = axes.map((a) => strides[a]!);
    const outer = t.shape.map((d, i) => (axes.includes(i) ? 1 : d));
    const group = new Float64Array(sizeOf(inner));
    const results = new Float64Array(sizeOf(outer));
    let o = 0;
    walk(outer, strides, 0, (start) => {
      let i = 0;
      walk(inner, innerStrides, start, (at) => {
        group[i++] = x[at]!;
      });
      results[o++] = reduce(group);
    });
    const kept = fill(t.dtype, outer, (i) => results[i]!);
    const shape = t.shape.flatMap((d, i) => (axes.includes(i) ? (attrs.int('keepdims') === 1 ? [1] : []) : [d]));
    return [reshaped(kept, shape)];
  };
}

/** Running sums along one axis. */
export const evaluateCumSum =
  (axisOf: (axis: number, rank: number) => number): Evaluate =>
  (inputs, attrs) => {
    const t = given(inputs, 0);
    const axis = axisOf(numbersOf(given(inputs, 1))[0]!, t.shape.length);
    const [exclusive, reverse] = [attrs.int('exclusive') === 1, attrs.int('reverse') === 1];
    const x = numbersOf(t);
    const sums = new Float64Array(x.length);
    const step = stridesOf(t.shape)[axis]!;
    const length = t.shape[axis]!;
    const starts = t.shape.map((d, i) => (i === axis ? 1 : d));
    walk(starts, stridesOf(t.shape), 0, (start) => {
      let sum = 0;
      for (let k = 0; k < length; k++) {
        const at = start + step * (reverse ? length - 1 - k : k);
        if (exclusive) sums[at] = sum;
        sum += x[at]!;
        if (!exclusive) sums[at] = sum;
      }
    });
    return [fill(t.dtype, t.shape, (i) => sums[i]!)];
  };
