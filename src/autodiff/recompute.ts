import { apply1, applyLike, inScope } from '../graph/op.ts';
import type { Node, Value } from '../graph/value.ts';

/** Gives a node as the backward pass should see it: with inputs and outputs that were computed again. */
export type Recompute = (node: Node, dy: Value) => Node;

/**
 * Recomputation in segments ("checkpointing": Chen et al., "Training deep nets with sublinear memory cost", 2016). The values
 * of `keep` stay in memory; what lies between two of them is computed a second time when the backward pass enters the
 * segment. A barrier ties that second run to the gradient that enters it, so that the runtime can neither merge it with the
 * first run nor schedule it early. What follows the last kept value is differentiated at once and stays.
 */
export function recomputation(values: readonly Value[], keep: readonly Value[]): Recompute {
  const kept = new Set(keep);
  const segment = segments(values, kept);
  const last = kept.size;
  const made = new Map<number, Map<Value, Value>>();
  return (node, dy) => {
    const own = segment.get(node.outputs[0]!)!;
    if (own === last) return node;
    let again = made.get(own);
    if (!again) {
      const members = values.filter((v) => segment.get(v) === own && v.origin.kind === 'node' && !kept.has(v));
      again = replay(members, kept, dy);
      made.set(own, again);
    }
    const swap = (v: Value) => again.get(v) ?? v;
    return { ...node, inputs: node.inputs.map((v) => v && swap(v)), outputs: node.outputs.map(swap) };
  };
}

/** The number of kept values that were made before each value. */
function segments(values: readonly Value[], kept: ReadonlySet<Value>): Map<Value, number> {
  const of = new Map<Value, number>();
  let current = 0;
  for (const v of values) {
    of.set(v, current);
    if (kept.has(v)) current++;
  }
  return of;
}

function replay(members: readonly Value[], kept: ReadonlySet<Value>, dy: Value): Map<Value, Value> {
  const again = new Map<Value, Value>();
  const inside = new Set(members);
  const enter = (v: Value): Value => {
    const known = again.get(v);
    if (known) return known;
    // Parameters and constants are in memory anyway and cannot merge two runs by themselves.
    if (inside.has(v) || v.origin.kind === 'param' || v.origin.kind === 'const') return v;
    const fresh = apply1('Barrier', [v, dy]);
    again.set(v, fresh);
    return fresh;
  };
  const done = new Set<Node>();
  for (const { origin } of members) {
    if (origin.kind !== 'node' || done.has(origin.node)) continue;
    const { node } = origin;
    done.add(node);
    const outputs = inScope(node.scope, () =>
      applyLike(
        node,
        node.inputs.map((v) => v && enter(v)),
      ),
    );
    node.outputs.forEach((old, i) => {
      if (!kept.has(old)) again.set(old, outputs[i]!);
    });
  }
  // A kept value is in memory: the gradient reads it as it is. Only the second run goes through the barrier.
  for (const v of [...again.keys()]) if (!inside.has(v)) again.delete(v);
  return again;
}
