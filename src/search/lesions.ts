import { type Graph, graph } from '../graph/graph.ts';
import { rebuild, replacing } from '../graph/rewrite.ts';
import type { Node, Value } from '../graph/value.ts';
import { blockOf } from './latency/blocks.ts';

/** A network without one of its blocks. */
export interface Lesion {
  /** Where the block stands: `stages.1.blocks.2`. */
  readonly block: string;
  readonly graph: Graph;
}

/**
 * A network without each of its blocks in turn, what goes into the block being passed on as it is: what a block answers for shows in what is
 * lost (Veit et al. 2016, arXiv 1605.06431, take residual networks apart so). Blocks that change the shape, or that have more than one way in or out, cannot be left out.
 */
export function lesions(g: Graph): Lesion[] {
  const blocks = new Map<string, { readonly own: Set<Node>; readonly behind: Set<Node> }>();
  let last = '';
  for (const node of g.nodes) {
    if (node.scope !== '') last = blockOf(node.scope);
    const { own, behind } = blocks.get(last) ?? { own: new Set<Node>(), behind: new Set<Node>() };
    (node.scope === '' ? behind : own).add(node);
    blocks.set(last, { own, behind });
  }
  return [...blocks].flatMap(([block, { own, behind }]) => {
    // What stands behind a block may put its answer back into the form of what it was given.
    const ends = /\.\d+$/.test(block) ? (endsOf(own, g) ?? endsOf(new Set([...own, ...behind]), g)) : undefined;
    if (!ends) return [];
    const map = rebuild([...g.outputs.values()], replacing(new Map([[ends.out, ends.in]])));
    return [{ block, graph: graph(new Map([...g.outputs].map(([name, v]) => [name, map.get(v)!])), g.name) }];
  });
}

/** The value that goes into some nodes and the one that comes out, where there is one of each and both are alike. */
function endsOf(nodes: ReadonlySet<Node>, { nodes: all, outputs }: Graph) {
  const isOwn = ({ origin }: Value) => origin.kind === 'node' && nodes.has(origin.node);
  const comes = new Set<Value>();
  for (const { inputs } of nodes)
    for (const v of inputs) if (v && !isOwn(v) && v.origin.kind !== 'param' && v.origin.kind !== 'const') comes.add(v);
  const goes = new Set([...outputs.values()].filter(isOwn));
  for (const node of all) if (!nodes.has(node)) for (const v of node.inputs) if (v && isOwn(v)) goes.add(v);
  const [[from], [out]] = [[...comes], [...goes]];
  const alike = from && out && `${from.type.dtype} ${from.type.shape}` === `${out.type.dtype} ${out.type.shape}`;
  return comes.size === 1 && goes.size === 1 && alike ? { in: from, out } : undefined;
}
