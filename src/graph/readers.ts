import type { Graph } from './graph.ts';
import type { Value } from './value.ts';

/** How often each value is read, by nodes and as an output. */
export function countReaders(g: Graph): Map<Value, number> {
  const count = new Map<Value, number>();
  const add = (v: Value) => count.set(v, (count.get(v) ?? 0) + 1);
  for (const v of g.outputs.values()) add(v);
  for (const node of g.nodes) for (const v of node.inputs) if (v) add(v);
  return count;
}
