import { check } from '../../base/errors.ts';
import { i64, sizeOf, type Tensor, tensor } from '../../base/tensor.ts';
import type { Op } from '../op.ts';
import { axisOf, copyElement, declined, given, integersOf, numbersOf, paste, strided, stridesOf } from './host.ts';

/** Host evaluation of operators that pick and place elements. */

type Evaluate = NonNullable<Op['evaluate']>;

function indexIn(size: number, i: number): number {
  check(Number.isInteger(i) && i >= -size && i < size, () => `index ${i} is outside a dimension of ${size}`);
  return i < 0 ? i + size : i;
}

export const evaluateGather: Evaluate = (inputs, attrs) => {
  const [x, indices] = [given(inputs, 0), given(inputs, 1)];
  const axis = axisOf(attrs.int('axis'), x.shape.length);
  const size = x.shape[axis]!;
  const inner = sizeOf(x.shape.slice(axis + 1));
  const outer = sizeOf(x.shape.slice(0, axis));
  const picks = integersOf(indices).map((i) => indexIn(size, i));
  const out = tensor(x.dtype, [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const i of picks) {
      paste(out, x, (o * size + i) * inner, inner, at);
      at += inner;
    }
  }
  return [out];
};

/** For each position of `shape`: the offset in a tensor with `strides` when the coordinate along `axis` is `at[i]`. */
function offsetsAlong(shape: readonly number[], strides: readonly number[], axis: number, at: readonly number[]) {
  const own = stridesOf(shape);
  return at.map((k, o) =>
    own.reduce((sum, s, d) => sum + (d === axis ? k : Math.floor(o / s) % shape[d]!) * strides[d]!, 0),
  );
}

export const evaluateGatherElements: Evaluate = (inputs, attrs) => {
  const [x, indices] = [given(inputs, 0), given(inputs, 1)];
  const axis = axisOf(attrs.int('axis'), x.shape.length);
  const picks = integersOf(indices).map((i) => indexIn(x.shape[axis]!, i));
  const out = tensor(x.dtype, indices.shape);
  offsetsAlong(indices.shape, stridesOf(x.shape), axis, picks).forEach((from, to) => {
    copyElement(out, to, x, from);
  });
  return [out];
};

export const evaluateScatterElements: Evaluate = (inputs, attrs) => {
  if (attrs.string('reduction') !== 'none') return declined;
  const [x, indices, updates] = [given(inputs, 0), given(inputs, 1), given(inputs, 2)];
  const axis = axisOf(attrs.int('axis'), x.shape.length);
  const picks = integersOf(indices).map((i) => indexIn(x.shape[axis]!, i));
  const out = strided(x, x.shape, stridesOf(x.shape));
  offsetsAlong(indices.shape, stridesOf(x.shape), axis, picks).forEach((to, from) => {
    copyElement(out, to, updates, from);
  });
  return [out];
};

/** Where each index tuple points in `x`, and how many elements lie there together. */
function tuples(x: Tensor, indices: Tensor, batchDims = 0): { starts: number[]; length: number } {
  const depth = indices.shape.at(-1) ?? 0;
  const count = depth === 0 ? sizeOf(indices.shape.slice(0, -1)) : indices.data.length / depth;
  const strides = stridesOf(x.shape);
  const values = numbersOf(indices);
  const batches = sizeOf(x.shape.slice(0, batchDims));
  const starts = Array.from({ length: count }, (_, t) => {
    let at = batchDims === 0 ? 0 : Math.floor(t / (count / batches)) * strides[batchDims - 1]!;
    for (let k = 0; k < depth; k++)
      at += indexIn(x.shape[batchDims + k]!, values[t * depth + k]!) * strides[batchDims + k]!;
    return at;
  });
  return { starts, length: sizeOf(x.shape.slice(batchDims + depth)) };
}

export const evaluateGatherND: Evaluate = (inputs, attrs) => {
  const [x, indices] = [given(inputs, 0), given(inputs, 1)];
  const batchDims = attrs.int('batch_dims');
  const { starts, length } = tuples(x, indices, batchDims);
  const rest = x.shape.slice(batchDims + (indices.shape.at(-1) ?? 0));
  const out = tensor(x.dtype, [...indices.shape.slice(0, -1), ...rest]);
  starts.forEach((from, t) => {
    paste(out, x, from, length, t * length);
  });
  return [out];
};

export const evaluateScatterND: Evaluate = (inputs, attrs) => {
  if (attrs.string('reduction') !== 'none') return declined;
  const [x, indices, updates] = [given(inputs, 0), given(inputs, 1), given(inputs, 2)];
  const { starts, length } = tuples(x, indices);
  check(updates.data.length === starts.length * length, 'the updates do not fit the indices');
  const out = strided(x, x.shape, stridesOf(x.shape));
  starts.forEach((to, t) => {
    paste(out, updates, t * length, length, to);
  });
  return [out];
};

export const evaluateOneHot: Evaluate = (inputs, attrs) => {
  const [indices, values] = [given(inputs, 0), given(inputs, 2)];
  const depth = integersOf(given(inputs, 1))[0]!;
  const axis = axisOf(attrs.int('axis'), indices.shape.length + 1);
  const shape = [...indices.shape.slice(0, axis), depth, ...indices.shape.slice(axis)];
  const out = strided(
    values,
    shape,
    shape.map(() => 0),
  );
  const inner = sizeOf(indices.shape.slice(axis));
  integersOf(indices).forEach((raw, i) => {
    const hot = raw < 0 ? raw + depth : raw;
    if (hot >= 0 && hot < depth)
      copyElement(out, (Math.floor(i / inner) * depth + hot) * inner + (i % inner), values, 1);
  });
  return [out];
};

/** Positions of what is not zero, [rank, count]. */
export const evaluateNonZero: Evaluate = (inputs) => {
  const x = given(inputs, 0);
  const values = numbersOf(x);
  const strides = stridesOf(x.shape);
  const hits: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) hits.push(i);
  const rows = strides.flatMap((s, d) => hits.map((at) => Math.floor(at / s) % x.shape[d]!));
  return [i64([x.shape.length, hits.length], rows)];
};

/** The place of the largest (or smallest) element along an axis. */
export const evaluateArg =
  (better: (a: number, b: number) => boolean): Evaluate =>
  (inputs, attrs) => {
    const x = given(inputs, 0);
    const axis = axisOf(attrs.int('axis'), x.shape.length);
    const size = x.shape[axis]!;
    const last = attrs.int('select_last_index') === 1;
    const inner = sizeOf(x.shape.slice(axis + 1));
    const outer = sizeOf(x.shape.slice(0, axis));
    const values = numbersOf(x);
    const best = Array.from({ length: outer * inner }, (_, p) => {
      const start = Math.floor(p / inner) * size * inner + (p % inner);
      let hit = 0;
      for (let k = 1; k < size; k++) {
        const [now, before] = [values[start + k * inner]!, values[start + hit * inner]!];
        if (better(now, before) || (last && now === before)) hit = k;
      }
      return hit;
    });
    const kept = attrs.int('keepdims') === 1 ? [1] : [];
    return [i64([...x.shape.slice(0, axis), ...kept, ...x.shape.slice(axis + 1)], best)];
  };
