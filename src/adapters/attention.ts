import type { Node, Value } from '../graph/value.ts';

/**
 * Layers that belong to attention, found by what they do: a product of two computed values mixes tokens by their likeness; the
 * layers that make its factors are the query, key and value maps, and the one that reads what comes out is the projection.
 * `layers` are the nodes with a weight; `data` the values that hang on the graph's inputs.
 */
export function attentionNodes(
  nodes: readonly Node[],
  data: ReadonlySet<Value>,
  layers: ReadonlySet<Node>,
): ReadonlySet<Node> {
  const readers = new Map<Value, Node[]>();
  for (const node of nodes) for (const i of node.inputs) if (i) readers.set(i, [...(readers.get(i) ?? []), node]);
  const computed = (v: Value | undefined): v is Value => v !== undefined && data.has(v);
  const found = new Set<Node>();
  const seen = new Set<Node>();
  const before = (v: Value): void => {
    if (v.origin.kind !== 'node') return;
    const { node } = v.origin;
    if (layers.has(node)) found.add(node);
    else if (!seen.has(node) && !isResidual(node, computed)) {
      seen.add(node);
      for (const i of node.inputs) if (computed(i)) before(i);
    }
  };
  const passed = new Set<Node>();
  const behind = (v: Value): void => {
    for (const node of readers.get(v) ?? []) {
      if (layers.has(node)) found.add(node);
      else if (!passed.has(node)) {
        passed.add(node);
        for (const y of node.outputs) behind(y);
      }
    }
  };
  for (const node of nodes) {
    if (!mixesTokens(node, computed)) continue;
    before(node.inputs[0]!);
    before(node.inputs[1]!);
    for (const y of node.outputs) behind(y);
  }
  return found;
}

type Computed = (v: Value | undefined) => v is Value;

/** Whether a node is a product of two computed values. */
export const mixesTokens = ({ op, inputs: [a, b] }: Node, computed: Computed): boolean =>
  (op === 'MatMul' || op === 'FusedMatMul') && computed(a) && computed(b);

/** Whether a node is a sum of two computed values: a residual, which leads out of the block. */
export const isResidual = ({ op, inputs }: Node, computed: Computed): boolean => op === 'Add' && inputs.every(computed);
