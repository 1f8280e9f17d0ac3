import { allocate, type Tensor } from './tensor.ts';

/** The rows `keep` of a tensor [n, …], in that order, some more than once if asked: the tensor itself where that is all of them. */
export function gatherRows(t: Tensor, keep: readonly number[]): Tensor {
  const n = t.shape[0]!;
  if (keep.length === n && keep.every((row, to) => row === to)) return t;
  const each = t.data.length / n;
  const data = allocate(t.dtype, keep.length * each);
  keep.forEach((row, to) => {
    // Source and target have the same type.
    (data as Float32Array).set(t.data.subarray(row * each, (row + 1) * each) as Float32Array, to * each);
  });
  return { dtype: t.dtype, shape: [keep.length, ...t.shape.slice(1)], data };
}

/** Tensors [Nᵢ, …] of one kind one after the other. */
export function concatRows(parts: readonly Tensor[]): Tensor {
  const [first] = parts;
  if (!first || parts.length === 1) return first ?? { dtype: 'float32', shape: [0], data: new Float32Array(0) };
  const data = allocate(
    first.dtype,
    parts.reduce((n, { data: d }) => n + d.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    (data as Float32Array).set(part.data as Float32Array, at);
    at += part.data.length;
  }
  return {
    dtype: first.dtype,
    shape: [parts.reduce((n, { shape }) => n + shape[0]!, 0), ...first.shape.slice(1)],
    data,
  };
}
