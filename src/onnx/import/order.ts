import type { Node } from '../wire/messages.ts';

/**
 * The nodes in an order in which each comes after those it reads. Files should have that order already; runtimes take them without,
 * and so does this. Nodes in a circle keep their places: what they read is then found missing.
 */
export function inOrder(nodes: readonly Node[], captured: (node: Node) => Iterable<string>): readonly Node[] {
  const made = new Set<string>();
  let sorted = true;
  const makers = new Map<string, number>();
  nodes.forEach((n, i) => {
    for (const name of n.output) if (name !== '' && !makers.has(name)) makers.set(name, i);
  });
  for (const n of nodes) {
    for (const name of reads(n, captured)) if (makers.has(name) && !made.has(name)) sorted = false;
    for (const name of n.output) made.add(name);
  }
  return sorted ? nodes : byDepth(nodes, makers, captured);
}

function* reads(node: Node, captured: (node: Node) => Iterable<string>): Iterable<string> {
  yield* node.input;
  yield* captured(node);
}

/** Depth-first over what each node reads, with a stack of its own: files can be deeper than the call stack. */
function byDepth(
  nodes: readonly Node[],
  makers: ReadonlyMap<string, number>,
  captured: (node: Node) => Iterable<string>,
): Node[] {
  const state = new Uint8Array(nodes.length);
  const out: Node[] = [];
  for (let root = 0; root < nodes.length; root++) {
    const stack = [root];
    while (stack.length > 0) {
      const at = stack.at(-1)!;
      if (state[at] === 0) {
        state[at] = 1;
        for (const name of reads(nodes[at]!, captured)) {
          const maker = makers.get(name);
          if (maker !== undefined && state[maker] === 0) stack.push(maker);
        }
      } else {
        stack.pop();
        if (state[at] === 1) out.push(nodes[at]!);
        state[at] = 2;
      }
    }
  }
  return out;
}
