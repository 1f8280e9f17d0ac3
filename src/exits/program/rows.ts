import { allocate, type Tensor } from '../../base/tensor.ts';

/** The rows `keep` of a tensor [n, …], in that order: the tensor itself where that is all of them. */
export function gatherRows(t: Tensor, keep: readonly number[]): Tensor {
  const n = t.shape[0]!;
  if (keep.length === n) return t;
  const each = t.data.length / n;
  const data = allocate(t.dtype, keep.length * each);
  keep.forEach((row, to) => {
    // Source and target have the same type.
    (data as Float32Array).set(t.data.subarray(row * each, (row + 1) * each) as Float32Array, to * each);
  });
  return { dtype: t.dtype, shape: [keep.length, ...t.shape.slice(1)], data };
}
