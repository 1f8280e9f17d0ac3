import { type Graph, graph, reachable } from './graph.ts';
import { applyLike, inScope } from './op.ts';
import type { Node, Value } from './value.ts';

/** How a graph is rebuilt: each leaf and node may be replaced; what is left undefined is kept as it is. */
export interface Rules {
  /** A replacement for an input, parameter or constant. */
  readonly leaf?: (value: Value) => Value | undefined;
  /** Replacements for a node's outputs, given its already rebuilt inputs. */
  readonly node?: (node: Node, inputs: readonly (Value | undefined)[]) => readonly (Value | undefined)[] | undefined;
}

/** Puts other values in the place of some, computed or not. */
export const replacing = (values: ReadonlyMap<Value, Value>): Rules => ({
  leaf: (v) => values.get(v),
  node: ({ outputs }) => (outputs.some((v) => values.has(v)) ? outputs.map((v) => values.get(v)) : undefined),
});

/** Rebuilds what `roots` depend on; returns the map from old values to new. Unchanged parts are shared, not copied. */
export function rebuild(roots: readonly Value[], rules: Rules): Map<Value, Value> {
  const map = new Map<Value, Value>();
  const done = new Set<Node>();
  for (const value of reachable(roots)) {
    const { origin } = value;
    if (origin.kind !== 'node') {
      map.set(value, rules.leaf?.(value) ?? value);
      continue;
    }
    const { node } = origin;
    if (done.has(node)) continue;
    done.add(node);
    const inputs = node.inputs.map((i) => i && map.get(i)!);
    const made = inScope(node.scope, () => rules.node?.(node, inputs)) ?? copy(node, inputs);
    node.outputs.forEach((old, i) => {
      map.set(old, made[i] ?? old);
    });
  }
  return map;
}

function copy(node: Node, inputs: readonly (Value | undefined)[]): readonly Value[] {
  if (inputs.every((v, i) => v === node.inputs[i])) return node.outputs;
  return inScope(node.scope, () => applyLike(node, inputs));
}

/** The graph with `rules` applied everywhere. */
export function rewrite(g: Graph, rules: Rules): Graph {
  const map = rebuild([...g.outputs.values()], rules);
  return graph(new Map([...g.outputs].map(([name, v]) => [name, map.get(v)!])), g.name);
}
