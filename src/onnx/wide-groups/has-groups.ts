import type { Model, Node } from '../wire/messages.ts';
import { intOf } from '../wire/node.ts';

/** Groups of a convolution. */
export const groupOf = (node: Node): number => intOf(node, 'group', 1);

/** Whether there are convolutions in groups of several channels whose weights the file holds. */
export function hasGroups({ graph }: Model): boolean {
  const grouped = graph.node.filter((n) => n.opType === 'Conv' && groupOf(n) > 1);
  const weights = new Set(grouped.map((n) => n.input[1]));
  return graph.initializer.some(({ name, dims }) => weights.has(name) && dims[1]! > 1);
}
