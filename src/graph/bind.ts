import { boundDim } from './dim.ts';
import type { Graph } from './graph.ts';
import { rewrite } from './rewrite.ts';
import { input } from './value.ts';

/** The graph with numbers for its symbols, e.g. `bindSymbols(g, { N: 32 })`: what is fixed can take a faster form. */
export function bindSymbols(g: Graph, symbols: Readonly<Record<string, number>>): Graph {
  return rewrite(g, {
    leaf: (v) => {
      if (v.origin.kind !== 'input') return undefined;
      return input(
        v.origin.name,
        v.type.dtype,
        v.type.shape.map((d) => boundDim(d, symbols)),
      );
    },
  });
}
