import { check } from '../../base/errors.ts';
import { allocate, f32, i64, sizeOf, type Tensor, tensor } from '../../base/tensor.ts';
import type { Op } from '../op.ts';
import {
  axisOf,
  broadcastTo,
  commonShape,
  copyElement,
  given,
  hostContext,
  integersOf,
  paste,
  reshaped,
  strided,
  stridesOf,
  walk,
} from './host.ts';

/** Host evaluation of operators that move elements without computing. The shapes are those the records infer. */

type Evaluate = NonNullable<Op['evaluate']>;

/** An operator that only gives its first input another shape: the one it infers. */
export const evaluateReshaped =
  (infer: Op['infer']): Evaluate =>
  (inputs, attrs) => [reshaped(given(inputs, 0), infer(hostContext(inputs, attrs))[0]!.shape as number[])];

export const evaluateTranspose: Evaluate = (inputs, attrs) => {
  const t = given(inputs, 0);
  const perm = attrs.ints('perm') ?? t.shape.map((_, i) => t.shape.length - 1 - i);
  const strides = stridesOf(t.shape);
  return [
    strided(
      t,
      perm.map((p) => t.shape[p]!),
      perm.map((p) => strides[p]!),
    ),
  ];
};

/** The part of a slice along one axis, all numbers known. */
export interface Part {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

export function slicedBy(t: Tensor, parts: readonly Part[]): Tensor {
  const shape = [...t.shape];
  const strides = stridesOf(t.shape);
  let offset = 0;
  for (const { axis, start, step, length } of parts) {
    shape[axis] = length;
    offset += start * strides[axis]!;
    strides[axis]! *= step;
  }
  return strided(t, shape, strides, offset);
}

export const evaluateConcat: Evaluate = (inputs, attrs) => {
  const parts = inputs.map((_, i) => given(inputs, i));
  const first = parts[0]!;
  const axis = axisOf(attrs.int('axis'), first.shape.length);
  const shape = first.shape.map((d, i) => (i === axis ? parts.reduce((n, p) => n + p.shape[axis]!, 0) : d));
  const out = tensor(first.dtype, shape);
  const outer = sizeOf(shape.slice(0, axis));
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const p of parts) {
      const length = sizeOf(p.shape.slice(axis));
      paste(out, p, o * length, length, at);
      at += length;
    }
  }
  return [out];
};

/** Cuts along `axis` into pieces of the given sizes. */
export function splitBy(t: Tensor, axis: number, sizes: readonly number[]): Tensor[] {
  let start = 0;
  return sizes.map((length) => {
    const part = slicedBy(t, [{ axis, start, step: 1, length }]);
    start += length;
    return part;
  });
}

/** Constant padding; negative numbers crop. The modes that repeat pixels are left to the runtime. */
export function padded(t: Tensor, begin: readonly number[], end: readonly number[], value: Tensor | undefined): Tensor {
  const kept = slicedBy(
    t,
    t.shape.map((d, axis) => {
      const start = Math.max(0, -begin[axis]!);
      return { axis, start, step: 1, length: d - start - Math.max(0, -end[axis]!) };
    }),
  );
  const shape = t.shape.map((d, i) => d + begin[i]! + end[i]!);
  check(
    [...kept.shape, ...shape].every((d) => d >= 0),
    'padding that takes away more than there is',
  );
  const out = value
    ? strided(
        { ...value, shape: [] },
        shape,
        shape.map(() => 0),
      )
    : tensor(t.dtype, shape);
  const strides = stridesOf(shape);
  const offset = strides.reduce((sum, s, i) => sum + s * Math.max(0, begin[i]!), 0);
  let from = 0;
  walk(kept.shape, strides, offset, (at) => {
    copyElement(out, at, kept, from++);
  });
  return out;
}

export const evaluateExpand: Evaluate = (inputs) => {
  const t = given(inputs, 0);
  const target = integersOf(given(inputs, 1));
  return [broadcastTo(t, commonShape([t, { dtype: 'bool', shape: target, data: allocate('bool', 0) }]))];
};

export const evaluateTile: Evaluate = (inputs) => {
  const t = given(inputs, 0);
  const repeats = integersOf(given(inputs, 1));
  const strides = stridesOf(t.shape);
  // [r0, d0, r1, d1, …] with the repeats at stride 0, read as [r0·d0, r1·d1, …].
  const apart = strided(
    t,
    t.shape.flatMap((d, i) => [repeats[i]!, d]),
    strides.flatMap((s) => [0, s]),
  );
  return [
    reshaped(
      apart,
      t.shape.map((d, i) => d * repeats[i]!),
    ),
  ];
};

export const evaluateConstantOfShape: Evaluate = (inputs, attrs) => {
  const shape = integersOf(given(inputs, 0));
  const value = attrs.tensor('value') ?? f32([1], [0]);
  return [
    strided(
      value,
      shape,
      shape.map(() => 0),
    ),
  ];
};

export const evaluateRange: Evaluate = (inputs) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => integersOf(given(inputs, i))[0]!);
  const n = Math.max(0, Math.ceil((limit! - start!) / delta!));
  const { dtype } = given(inputs, 0);
  const values = Array.from({ length: n }, (_, i) => start! + i * delta!);
  if (dtype === 'int64') return [i64([n], values)];
  const out = tensor(dtype, [n]);
  if (!(out.data instanceof BigUint64Array) && !(out.data instanceof BigInt64Array)) out.data.set(values);
  return [out];
};

/** Keeps the upper or the lower triangle of the last two dimensions. */
export const evaluateTrilu: Evaluate = (inputs, attrs) => {
  const t = given(inputs, 0);
  const k = inputs[1] ? integersOf(inputs[1])[0]! : 0;
  const upper = attrs.int('upper') === 1;
  const [rows, columns] = [t.shape.at(-2)!, t.shape.at(-1)!];
  const out = tensor(t.dtype, t.shape);
  for (let i = 0; i < t.data.length; i++) {
    const across = (i % columns) - (Math.floor(i / columns) % rows);
    if (upper ? across >= k : across <= k) copyElement(out, i, t, i);
  }
  return [out];
};
