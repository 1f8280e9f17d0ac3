import { type Graph, graph, show } from '../../graph/graph.ts';
import { rebuild, replacing } from '../../graph/rewrite.ts';
import { input, type Node, param, type Value } from '../../graph/value.ts';
import { shippedForOne } from '../../measure/time-graph.ts';
import { zeros } from '../../nn/init.ts';

/** A part of a network that is timed by itself. */
export interface Block {
  /** Where it stands in the network: `stages.1.blocks.2`. */
  readonly name: string;
  /** The same for parts that compute the same from the same shapes. */
  readonly key: string;
  readonly graph: Graph;
}

/**
 * A network for one picture, as it is shipped, in the parts that it is written in: a stem, each block of each stage, a head. What lies between
 * two blocks belongs to the one before.
 */
export function blocksOf(network: Graph): Block[] {
  const g = shippedForOne(network);
  const groups = new Map<string, Node[]>();
  let last = 'input';
  for (const node of g.nodes) {
    last = node.scope === '' ? last : blockOf(node.scope);
    const own = groups.get(last) ?? [];
    // In the order in which they end: tables that a block reads may be computed before all others.
    groups.delete(last);
    groups.set(last, [...own, node]);
  }
  const wanted = new Set(g.outputs.values());
  return [...groups].map(([name, nodes]) => ({ name, ...part(nodes, g, wanted) }));
}

/** `stages.1.blocks.2.attn.qkv` → `stages.1.blocks.2`; `stem.conv1` → `stem`. */
export function blockOf(scope: string): string {
  const parts = scope.split('.');
  const last = parts.slice(0, 4).findLastIndex((p) => /^\d+$/.test(p));
  return parts.slice(0, Math.max(1, last + 1)).join('.');
}

/** Some nodes as a graph of its own: what comes from elsewhere are its inputs, what others read are its outputs. */
function part(nodes: readonly Node[], whole: Graph, wanted: ReadonlySet<Value>): Omit<Block, 'name'> {
  const own = new Set(nodes);
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const places = new Map<Value, Value>();
  for (const v of nodes.flatMap(({ inputs }) => inputs)) {
    if (!v || places.has(v) || made.has(v) || v.origin.kind === 'const') continue;
    const name = `x${places.size}`;
    const { dtype, shape } = v.type;
    places.set(v, v.origin.kind === 'param' ? param(name, shape as number[], zeros) : input(name, dtype, shape));
  }
  const read = new Set(whole.nodes.filter((n) => !own.has(n)).flatMap(({ inputs }) => inputs));
  const outputs = [...made].filter((v) => read.has(v) || wanted.has(v));
  const map = rebuild(outputs, replacing(places));
  const alone = graph(new Map(outputs.map((v, i) => [`y${i}`, map.get(v)!])), 'block');
  return { key: show(alone), graph: alone };
}
