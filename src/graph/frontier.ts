import { reachable } from './graph.ts';
import type { Value } from './value.ts';

/**
 * Where a graph can be cut in two: the inputs that `rest` reads and the values that `done` has computed and `rest` goes on with. A
 * program of `rest` that is given these computes nothing twice. In topological order; parameters and constants belong to both sides.
 */
export function frontier(done: readonly Value[], rest: readonly Value[]): Value[] {
  const known = new Set(reachable(done));
  const held = new Set<Value>();
  const seen = new Set<Value>();
  const stack = [...rest];
  while (stack.length > 0) {
    const v = stack.pop()!;
    if (seen.has(v)) continue;
    seen.add(v);
    const { origin } = v;
    if (origin.kind === 'param' || origin.kind === 'const') continue;
    if (known.has(v) || origin.kind === 'input') held.add(v);
    else for (const i of origin.node.inputs) if (i) stack.push(i);
  }
  return [...held].sort((a, b) => a.id - b.id);
}
