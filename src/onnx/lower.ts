import type { Graph } from '../graph/graph.ts';
import { gradientContext, type Op, opOf } from '../graph/op.ts';
import { rewrite } from '../graph/rewrite.ts';
import type { Node } from '../graph/value.ts';
import { isOffGpu } from './off-gpu.ts';

/**
 * Which operators a printed model may use: `standard` is ONNX alone (everything that is exported), `ort` adds the
 * com.microsoft operators that every build of ONNX Runtime carries (training steps), `gpu` is ONNX without what WebGPU's kernels lack
 * where that has another form.
 */
export type Target = 'standard' | 'ort' | 'gpu';

/** The opset that models are written in: the newest that every ONNX Runtime since 1.18 (2024) takes. */
export const OPSET = 21;

function printable(node: Node, target: Target): boolean {
  const op: Op = opOf(node.op);
  if (op.domain === 'yosegi' || op.unprinted || (op.domain && target !== 'ort')) return false;
  if (target === 'gpu' && op.lower && isOffGpu(node, () => true)) return false;
  return (op.opset ?? 1) <= OPSET;
}

/** The graph with every operator that `target` does not have put in terms of those it has. */
export function lower(g: Graph, target: Target): Graph {
  if (g.nodes.every((n) => printable(n, target))) return g;
  const once = rewrite(g, {
    node: (node, inputs) =>
      printable(node, target)
        ? undefined
        : opOf(node.op).lower?.(gradientContext({ ...node, inputs }, [], () => false)),
  });
  return lower(once, target);
}
