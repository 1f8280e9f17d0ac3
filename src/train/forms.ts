import { add, reshape } from '../graph/build.ts';
import type { Graph } from '../graph/graph.ts';
import { gradientContext, opOf } from '../graph/op.ts';
import { geometry } from '../graph/ops/conv.ts';
import { convByColumns, prefersColumns } from '../graph/ops/conv-columns.ts';
import { rewrite } from '../graph/rewrite.ts';
import type { Node, Value } from '../graph/value.ts';

/**
 * Puts operators into the form that is fastest while weights are inputs of the graph: convolutions over few positions become one
 * product for the whole batch, which shares its columns with the weight gradient; SiLU shows its sigmoid, which the gradient
 * needs too.
 */
export function trainingForms(g: Graph): Graph {
  return rewrite(g, {
    node: (node, inputs) => {
      if (node.op === 'Swish') return opOf('Swish').lower?.(gradientContext({ ...node, inputs }, [], () => false));
      if (node.op !== 'Conv' || inputs[1]?.origin.kind === 'const') return undefined;
      return byColumns({ ...node, inputs });
    },
  });
}

function byColumns(node: Node): Value[] | undefined {
  const c = gradientContext(node, [], () => false);
  const [y] = node.outputs;
  const window = geometry(c);
  if (!prefersColumns(window, y!)) return undefined;
  const out = convByColumns(c.in(0), c.in(1), window, y!.type.shape.slice(2));
  const bias = node.inputs[2];
  return [bias ? add(out, reshape(bias, [1, bias.type.shape[0]!, ...window.kernel.map(() => 1)])) : out];
}
