import type { Node } from './messages.ts';

/** What is often asked of a node of a file. */

/** Domain of a node or an operator set; the standard one, which has two names, as ''. */
export const domainOf = ({ domain = '' }: { readonly domain?: string }): string => (domain === 'ai.onnx' ? '' : domain);

/** An attribute that is a whole number, or what it is where it is left out. */
export function intOf(node: Node, name: string, fallback: number): number {
  const found = node.attribute.find((a) => a.name === name);
  return found?.type === 'int' ? Number(found.value) : fallback;
}

/** Names that the subgraphs of a node may read from around it. */
export function* captured(node: Node): Iterable<string> {
  for (const a of node.attribute) {
    if (a.type !== 'graph') continue;
    for (const inner of a.value.node) {
      yield* inner.input;
      yield* captured(inner);
    }
    for (const o of a.value.output) yield o.name;
  }
}
