import type { Tensor } from '../../base/tensor.ts';
import type { Tensors } from '../../runtime/runtime.ts';
import { FOUND } from './inside.ts';

/** Scores closer than this may stand in either order, and on either side of a threshold. */
const CLOSE = 1e-3;

/**
 * The same outputs with chosen boxes [N, rows, 6] in the order of those that are expected: float32 on another machine may swap two of nearly
 * the same score, and drop or keep one whose score is the threshold's. Boxes without a partner stay where they are, and differ.
 */
export function inOrder(expected: Tensors, actual: Tensors): Tensors {
  const [wanted, given] = [expected.detections, actual.detections];
  if (!(wanted?.data instanceof Float32Array && given?.data instanceof Float32Array)) return actual;
  if (wanted.shape.join() !== given.shape.join()) return actual;
  return { ...actual, detections: { ...given, data: ordered(wanted as Tensor<'float32'>, given.data) } };
}

function ordered({ data, shape }: Tensor<'float32'>, given: Float32Array): Float32Array {
  const each = shape[1]! * FOUND;
  const out = new Float32Array(given.length);
  for (let from = 0; from < data.length; from += each) {
    const wanted = rowsOf(data.subarray(from, from + each));
    const open = new Set(rowsOf(given.subarray(from, from + each)));
    const partners = wanted.map((row) => {
      const near = [...open].filter((r) => r[5] === row[5] && Math.abs(r[4]! - row[4]!) < CLOSE);
      const partner = near.sort((a, b) => apart(a, row) - apart(b, row))[0];
      if (partner) open.delete(partner);
      return partner;
    });
    const lowest = Math.min(...wanted.flatMap((r) => (r[4]! > 0 ? [r[4]!] : [])));
    const marginal = (r: Float32Array) => r[4]! < lowest + CLOSE;
    const others = [...open].filter((r) => !marginal(r));
    const strange = (row: Float32Array) => others.shift() ?? (marginal(row) ? row : new Float32Array(FOUND));
    wanted.forEach((row, i) => {
      out.set(partners[i] ?? strange(row), from + i * FOUND);
    });
  }
  return out;
}

function rowsOf(data: Float32Array): Float32Array[] {
  return Array.from({ length: data.length / FOUND }, (_, i) => data.subarray(i * FOUND, (i + 1) * FOUND));
}

const apart = (a: Float32Array, b: Float32Array) => Math.max(...[0, 1, 2, 3].map((k) => Math.abs(a[k]! - b[k]!)));
