import { f32, toNumbers } from '../base/tensor.ts';
import type { Graph } from '../graph/graph.ts';
import { applyLike } from '../graph/op.ts';
import { rewrite } from '../graph/rewrite.ts';
import { constant, constantOf, type Node, type Value } from '../graph/value.ts';

/**
 * ONNX Runtime's optimiser (1.26 and 1.30, at every level but none; 1.22 and 1.32 are right) takes a padding with zeros into the
 * maximum pooling behind it, whose own padding never wins: where all pixels at a border are negative, the zeros were the answer. It
 * looks for the bits of zero, so −0 in their place, an equal number, keeps the two apart.
 */
export function keepZeroPadding(g: Graph): Graph {
  const pooled = new Set<Value | undefined>(g.nodes.filter((n) => n.op === 'MaxPool').map((n) => n.inputs[0]));
  if (!g.nodes.some((n) => isZeroPadding(n) && pooled.has(n.outputs[0]))) return g;
  return rewrite(g, {
    node: (node, [x, pads, , axes]) =>
      isZeroPadding(node) && pooled.has(node.outputs[0])
        ? applyLike(node, [x, pads, constant(f32([], [-0])), axes])
        : undefined,
  });
}

function isZeroPadding({ op, inputs, attrs }: Node): boolean {
  if (op !== 'Pad' || inputs[0]?.type.dtype !== 'float32' || (attrs.mode ?? 'constant') !== 'constant') return false;
  const fill = constantOf(inputs[2]);
  return inputs[2] === undefined || (fill !== undefined && Object.is(toNumbers(fill)[0], 0));
}
