import { toNumbers } from '../../../base/tensor.ts';
import { attrsOf } from '../../../graph/attributes.ts';
import type { OpName } from '../../../graph/ops/signatures.ts';
import { constantOf, type Node, type Value } from '../../../graph/value.ts';

/** What recognisers ask about values. */

/** The node that makes `v` as its first output, if it is an `op` (or any node). */
export function nodeOf<K extends OpName>(v: Value | undefined, ...ops: readonly K[]): NodeOf<K> | undefined {
  if (v?.origin.kind !== 'node' || v.origin.index !== 0) return undefined;
  const isOne = (node: Node): node is NodeOf<K> => ops.length === 0 || ops.some((op) => op === node.op);
  return isOne(v.origin.node) ? v.origin.node : undefined;
}

type NodeOf<K extends OpName> = Node & { readonly op: K };

/** The number that a constant of one element holds. */
export function numberOf(v: Value | undefined): number | undefined {
  const t = constantOf(v);
  return t?.data.length === 1 ? toNumbers(t)[0] : undefined;
}

export const near = (a: number | undefined, b: number, tolerance = 1e-4): boolean =>
  a !== undefined && Math.abs(a - b) <= tolerance * Math.max(Math.abs(b), 1e-3);

/** The same value, or the same computation written twice. */
export function same(a: Value | undefined, b: Value | undefined, depth = 3): boolean {
  if (a === b) return true;
  const [x, y] = [nodeOf(a), nodeOf(b)];
  if (!x || !y || depth === 0 || x.op !== y.op || x.inputs.length !== y.inputs.length) return sameNumber(a, b);
  if (!sameAttributes(x, y)) return false;
  return x.inputs.every((v, i) => same(v, y.inputs[i], depth - 1));
}

function sameAttributes(x: Node, y: Node): boolean {
  const own = Object.entries(x.attrs);
  if (own.length !== Object.keys(y.attrs).length) return false;
  return own.every(([name, v]) => !(typeof v === 'object' && 'dtype' in v) && String(v) === String(y.attrs[name]));
}

/** Equal small constants: axes and exponents. */
function sameNumber(a: Value | undefined, b: Value | undefined): boolean {
  const [s, t] = [constantOf(a), constantOf(b)];
  if (!s || !t || s.data.length > 8 || s.dtype !== t.dtype) return false;
  return s.shape.join() === t.shape.join() && toNumbers(s).join() === toNumbers(t).join();
}

/** The square of `x`, as a product with itself or as a power. */
export function isSquareOf(v: Value | undefined, x: Value | undefined): boolean {
  const node = nodeOf(v, 'Mul', 'Pow');
  if (!node || !same(node.inputs[0], x)) return false;
  return node.op === 'Mul' ? same(node.inputs[1], x) : numberOf(node.inputs[1]) === 2;
}

/** How many of the last axes a mean with kept dimensions is taken over; undefined when it is over others. */
export function trailingMean(v: Value | undefined): { x: Value; axes: number } | undefined {
  const node = nodeOf(v, 'ReduceMean');
  const axes = constantOf(node?.inputs[1]);
  if (!node || !axes || attrsOf(node).int('keepdims') !== 1) return undefined;
  const x = node.inputs[0]!;
  const rank = x.type.shape.length;
  const list = toNumbers(axes)
    .map((a) => (a < 0 ? a + rank : a))
    .sort((a, b) => a - b);
  if (list.length === 0 || list.some((a, i) => a !== rank - list.length + i)) return undefined;
  return { x, axes: list.length };
}
