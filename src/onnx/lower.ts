import type { Graph } from '../graph/graph.ts';
import { gradientContext, type Op, opOf } from '../graph/op.ts';
import { rewrite } from '../graph/rewrite.ts';

/**
 * Which operators a printed model may use: `standard` is ONNX alone (everything that is exported), `ort` adds the
 * com.microsoft operators that every build of ONNX Runtime carries (training steps).
 */
export type Target = 'standard' | 'ort';

/** The opset that models are written in: the newest that every ONNX Runtime since 1.18 (2024) takes. */
export const OPSET = 21;

function printable(op: Op, target: Target): boolean {
  if (op.domain === 'yosegi' || op.unprinted || (op.domain && target === 'standard')) return false;
  return (op.opset ?? 1) <= OPSET;
}

/** The graph with every operator that `target` does not have put in terms of those it has. */
export function lower(g: Graph, target: Target): Graph {
  const open = g.nodes.some((n) => !printable(opOf(n.op), target));
  if (!open) return g;
  const once = rewrite(g, {
    node: (node, inputs) => {
      const op = opOf(node.op);
      if (printable(op, target) || !op.lower) return undefined;
      return op.lower(gradientContext({ ...node, inputs }, [], () => false));
    },
  });
  return lower(once, target);
}
