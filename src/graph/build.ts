import { YosegiError } from '../base/errors.ts';
import { type DType, f32, i64, type Tensor, tensor } from '../base/tensor.ts';
import { type Dim, divDim, productOf, sameShape } from './dim.ts';
import { apply, apply1 } from './op.ts';
import type { OpName, signatures } from './ops/signatures.ts';
import { constant, type Value } from './value.ts';

/** Functions that make nodes: the language that layers, losses and gradients are written in. */

/** A value, or a number that becomes a scalar constant of the other operand's type. */
export type Operand = Value | number;

const scalars = new Map<string, Value>();

/** A scalar constant; the same number gives the same value. */
export function scalar(value: number, dtype: DType = 'float32'): Value {
  const key = `${dtype}:${Object.is(value, -0) ? '-0' : value}`;
  let hit = scalars.get(key);
  if (!hit) {
    hit = constant(scalarTensor(value, dtype));
    scalars.set(key, hit);
  }
  return hit;
}

function scalarTensor(value: number, dtype: DType): Tensor {
  if (dtype === 'int64') return i64([], [value]);
  if (dtype === 'float32') return f32([], [value]);
  const t = tensor(dtype, []);
  t.data[0] = value;
  return t;
}

function pair(a: Operand, b: Operand): [Value, Value] {
  if (typeof a !== 'number') return [a, typeof b === 'number' ? scalar(b, a.type.dtype) : b];
  if (typeof b === 'number') return [scalar(a), scalar(b)];
  return [scalar(a, b.type.dtype), b];
}

/** Operators without attributes. */
type Plain = { [K in OpName]: keyof (typeof signatures)[K] extends never ? K : never }[OpName];

const binary = (name: Plain) => (a: Operand, b: Operand) => apply1(name, pair(a, b));
const unary = (name: Plain) => (x: Value) => apply1(name, [x]);

export const add = binary('Add');
export const sub = binary('Sub');
export const mul = binary('Mul');
export const div = binary('Div');
export const pow = binary('Pow');
export const minimum = binary('Min');
export const maximum = binary('Max');
export const equal = binary('Equal');
export const greater = binary('Greater');
export const less = binary('Less');
export const greaterOrEqual = binary('GreaterOrEqual');
export const lessOrEqual = binary('LessOrEqual');
export const and = binary('And');
export const or = binary('Or');
export const neg = unary('Neg');
export const not = unary('Not');
export const abs = unary('Abs');
export const exp = unary('Exp');
export const log = unary('Log');
export const sqrt = unary('Sqrt');
export const reciprocal = unary('Reciprocal');
export const erf = unary('Erf');
export const sigmoid = unary('Sigmoid');
export const tanh = unary('Tanh');
export const sign = unary('Sign');
export const sin = unary('Sin');
export const cos = unary('Cos');
export const relu = unary('Relu');
export const softplus = unary('Softplus');
export const hardSwish = unary('HardSwish');

export const where = (condition: Value, a: Operand, b: Operand) => apply1('Where', [condition, ...pair(a, b)]);
export const clip = (x: Value, low?: number, high?: number) =>
  apply1('Clip', [x, low === undefined ? undefined : scalar(low), high === undefined ? undefined : scalar(high)]);
export const gelu = (x: Value, approximate: 'none' | 'tanh' = 'none') => apply1('Gelu', [x], { approximate });
export const silu = (x: Value) => apply1('Swish', [x]);
export const hardSigmoid = (x: Value) => apply1('HardSigmoid', [x], { alpha: 1 / 6, beta: 0.5 });
export const cast = (x: Value, to: DType) => (x.type.dtype === to ? x : apply1('Cast', [x], { to }));
export const softmax = (x: Value, axis = -1) => apply1('Softmax', [x], { axis });
export const logSoftmax = (x: Value, axis = -1) => apply1('LogSoftmax', [x], { axis });

/** Matrix product, batched and broadcast as NumPy's matmul. */
export const matmul = (a: Value, b: Value) => apply1('MatMul', [a, b]);

/** Batched matrix product with either operand transposed in its last two dimensions, times `alpha`. */
export function matmulT(
  a: Value,
  b: Value,
  options: { transA?: boolean; transB?: boolean; alpha?: number } = {},
): Value {
  const { transA = false, transB = false, alpha = 1 } = options;
  if (!transA && !transB && alpha === 1) return matmul(a, b);
  if (a.type.shape.length === 2 && b.type.shape.length === 2) {
    return apply1('Gemm', [a, b], { transA: Number(transA), transB: Number(transB), alpha });
  }
  return apply1('FusedMatMul', [a, b], { transA: Number(transA), transB: Number(transB), alpha });
}

/** A 1-D int64 constant. */
export const ints = (values: readonly number[]) => constant(i64([values.length], values));

const reduction =
  (name: Extract<OpName, `Reduce${string}`>) =>
  (x: Value, axes?: readonly number[], keepdims = true): Value =>
    axes?.length === 0 ? x : apply1(name, [x, axes && ints(axes)], { keepdims: Number(keepdims) });

export const reduceSum = reduction('ReduceSum');
export const reduceMean = reduction('ReduceMean');
export const reduceMax = reduction('ReduceMax');
export const reduceMin = reduction('ReduceMin');

/** Reshape; dimensions that are symbols must be at most one, or stand where the input has the same. */
export function reshape(x: Value, shape: readonly Dim[]): Value {
  if (sameShape(x.type.shape, shape)) return x;
  return apply1('Reshape', [x, ints(reshapeTarget(x.type.shape, shape))]);
}

function reshapeTarget(from: readonly Dim[], to: readonly Dim[]): number[] {
  let inferred = -1;
  const target = to.map((d, i) => {
    if (typeof d === 'number') return d;
    if (d === from[i] && inferred >= 0) return 0;
    if (inferred < 0) {
      inferred = i;
      return -1;
    }
    throw new YosegiError(`cannot reshape [${from}] to [${to}]: more than one dimension is a symbol`);
  });
  const rest = productOf(to.filter((_, i) => i !== inferred));
  const expected = inferred < 0 ? 1 : to[inferred]!;
  if (divDim(productOf(from), rest) !== expected) throw new YosegiError(`cannot reshape [${from}] to [${to}]`);
  return target;
}

export const transpose = (x: Value, perm: readonly number[]) =>
  perm.every((p, i) => p === i) ? x : apply1('Transpose', [x], { perm });

/** Swaps the last two dimensions. */
export function swapLast(x: Value): Value {
  const n = x.type.shape.length;
  return transpose(x, [...Array.from({ length: n - 2 }, (_, i) => i), n - 1, n - 2]);
}

export const concat = (xs: readonly Value[], axis: number) =>
  xs.length === 1 ? xs[0]! : apply1('Concat', xs, { axis });

/** Slice along `axes`; `end` may be Infinity. */
export function slice(
  x: Value,
  axes: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
  steps?: readonly number[],
): Value {
  const bound = (v: number) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, v));
  return apply1('Slice', [x, ints(starts.map(bound)), ints(ends.map(bound)), ints(axes), steps && ints(steps)]);
}

/** Splits into parts of the given sizes along `axis`. */
export const split = (x: Value, sizes: readonly number[], axis: number) => apply('Split', [x, ints(sizes)], { axis });

/** Zero padding; `pads` = all begins then all ends, as ONNX has it. Negative numbers crop. */
export const pad = (x: Value, pads: readonly number[]) =>
  pads.every((p) => p === 0) ? x : apply1('Pad', [x, ints(pads)]);

export const gather = (x: Value, indices: Value, axis = 0) => apply1('Gather', [x, indices], { axis });
export const gatherElements = (x: Value, indices: Value, axis: number) =>
  apply1('GatherElements', [x, indices], { axis });
export const scatterElements = (
  x: Value,
  indices: Value,
  updates: Value,
  axis: number,
  reduction: 'none' | 'add' = 'none',
) => apply1('ScatterElements', [x, indices, updates], { axis, reduction });
export const shapeOf = (x: Value) => apply1('Shape', [x]);

/** An int64 vector that says `like`'s shape at run time; a constant where it is known. */
export function shapeVector(like: Value): Value {
  const { shape } = like.type;
  return shape.every((d) => typeof d === 'number') ? ints(shape) : shapeOf(like);
}

/** Broadcasts `x` to the shape of `like`. */
export const expandLike = (x: Value, like: Value) =>
  sameShape(x.type.shape, like.type.shape) ? x : apply1('Expand', [x, shapeVector(like)]);

/** Zeros (or another number) in the shape of `like`. */
export const fullLike = (like: Value, value = 0, dtype: 'float32' | 'int64' = 'float32') =>
  apply1('ConstantOfShape', [shapeVector(like)], { value: dtype === 'int64' ? i64([1], [value]) : f32([1], [value]) });

/** Sums `x` down to the shape of `like`: the gradient of broadcasting. */
export function unbroadcast(x: Value, like: Value): Value {
  const from = x.type.shape;
  const to = like.type.shape;
  if (sameShape(from, to)) return x;
  const lead = from.length - to.length;
  const axes = from.flatMap((d, i) => (i < lead || (to[i - lead] === 1 && d !== 1) ? [i] : []));
  return reshape(reduceSum(x, axes, true), to);
}

export interface ConvOptions {
  readonly strides?: readonly number[];
  readonly pads?: readonly number[];
  readonly dilations?: readonly number[];
  readonly group?: number;
}

/** Convolution of [N, C, …spatial] with weights [O, C/group, …kernel]. */
export const conv = (x: Value, weight: Value, bias?: Value, options: ConvOptions = {}) =>
  apply1('Conv', [x, weight, bias], given(options));

/** Transposed convolution of [N, C, …] with weights [C, O/group, …kernel]. */
export const convTranspose = (
  x: Value,
  weight: Value,
  bias?: Value,
  options: ConvOptions & { output_padding?: readonly number[] } = {},
) => apply1('ConvTranspose', [x, weight, bias], given(options));

/** An options object without the entries that were left out, as attributes. */
export function given<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, v]) => v !== undefined)) as T;
}

/** How many elements a reduction over `axes` takes, as a scalar float value (computed at run time for symbols). */
export function countAlong(x: Value, axes: readonly number[]): Value {
  const n = productOf(axes.map((a) => x.type.shape[a]!));
  if (typeof n === 'number') return scalar(n);
  const dims = gather(shapeOf(x), ints(axes));
  return cast(apply1('ReduceProd', [dims], { keepdims: 0 }), 'float32');
}

/** Applies a constant [out, in] matrix along one axis. */
export function alongAxis(x: Value, axis: number, matrix: Value): Value {
  const rank = x.type.shape.length;
  if (axis === rank - 2) return matmul(matrix, x);
  if (axis === rank - 1) return matmul(x, swapLast(matrix));
  const perm = [...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis), axis];
  const back = perm.map((_, i) => perm.indexOf(i));
  return transpose(matmul(transpose(x, perm), swapLast(matrix)), back);
}
