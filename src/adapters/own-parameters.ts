import { reachable } from '../graph/graph.ts';
import { type Op, opOf } from '../graph/op.ts';
import type { Node, Value } from '../graph/value.ts';

/** Names of a network's own small parameters: biases of layers, scales and shifts of normalisations. */
export function ownParameters(roots: readonly Value[], kinds: readonly ('bias' | 'scale')[]): string[] {
  const names = new Set<string>();
  for (const { origin } of reachable(roots)) {
    if (origin.kind !== 'node') continue;
    const { node } = origin;
    const { parameters = [] } = opOf(node.op) as Op;
    const normalises = parameters.includes('scale');
    node.inputs.forEach((v, i) => {
      if (v?.origin.kind !== 'param' || v.origin.role !== 'trainable') return;
      const kind = parameters[i] ?? (isAddedBias(node, v) ? 'bias' : undefined);
      const wanted = kind === 'bias' && !normalises ? kinds.includes('bias') : kinds.includes('scale');
      if (wanted && (kind === 'bias' || kind === 'scale')) names.add(v.origin.name);
    });
  }
  return [...names];
}

/** Other tools write the bias of a linear map as a sum behind it. */
const isAddedBias = (node: Node, v: Value) => node.op === 'Add' && v.type.shape.length === 1;
