import { i64, sizeOf, type Tensor, tensor } from '../base/tensor.ts';
import type { Channels, Dropped } from './channels.ts';
import type { Weights } from './fold-batch-norm.ts';
import { type Graph, nameOf, roleOf } from './graph.ts';
import { applyLike } from './op.ts';
import { rewrite } from './rewrite.ts';
import { constant, constantOf, type Node, param, type Value } from './value.ts';

/**
 * The graph without some channels: parameters and constants lose their indices, and what names a size (the target of a reshape, the
 * groups of a convolution) follows. `dropped` names groups of `channels`, which were read from this graph.
 */
export function dropChannels(
  g: Graph,
  weights: Weights,
  channels: Channels,
  dropped: Dropped,
): { readonly graph: Graph; readonly weights: Map<string, Tensor> } {
  const kept = (value: Value) => value.type.shape.map((_, dim) => channels.kept({ value, dim }, dropped));
  const left = new Map<string, Tensor>();
  const graph = rewrite(g, {
    leaf: (value) => {
      const { origin } = value;
      if (origin.kind === 'input' || origin.kind === 'node') return undefined;
      const keep = kept(value);
      const whole = keep.every((dim) => dim.every(Boolean));
      if (origin.kind === 'const') return whole ? undefined : constant(picked(origin.tensor, keep));
      const name = nameOf(value)!;
      const own = weights.get(name);
      if (own) left.set(name, whole ? own : picked(own, keep));
      const shape = keep.map((dim) => dim.filter(Boolean).length);
      return whole ? undefined : param(name, shape, origin.init, roleOf(value));
    },
    node: (node, inputs) => {
      const { attrs, inputs: numbers } = channels.resized(node, dropped);
      if (!attrs && !numbers) return undefined;
      const given = inputs.map((v, i) => (numbers?.[i] && constantOf(v) ? renewed(v!, numbers[i]) : v));
      if (!changes(node, attrs) && given.every((v, i) => v === inputs[i])) return undefined;
      return applyLike({ op: node.op, attrs: { ...node.attrs, ...attrs } }, given);
    },
  });
  return { graph, weights: left };
}

/** A constant of whole numbers with other numbers; itself where they are the same. */
function renewed(old: Value, numbers: readonly number[]): Value {
  const before = constantOf(old)!;
  return Array.from(before.data, Number).join() === numbers.join() ? old : constant(i64(before.shape, numbers));
}

const changes = (node: Node, attrs: Node['attrs'] | undefined) =>
  Object.entries(attrs ?? {}).some(([name, value]) => node.attrs[name] !== undefined && node.attrs[name] !== value);

/** The elements whose indices stay in every dimension. */
function picked(t: Tensor, keep: readonly (readonly boolean[])[]): Tensor {
  const shape = keep.map((dim) => dim.filter(Boolean).length);
  const out = tensor('float32', shape);
  const all = t.data as Float32Array;
  const strides = t.shape.map((_, i) => sizeOf(t.shape.slice(i + 1)));
  let to = 0;
  all.forEach((v, at) => {
    if (keep.every((dim, i) => dim[Math.floor(at / strides[i]!) % t.shape[i]!])) out.data[to++] = v;
  });
  return out;
}
