import { gradientContext, type Op, opOf } from '../graph/op.ts';
import type { Node, Value } from '../graph/value.ts';
import { decodeModel } from './wire/model.ts';

/** Ends the names of nodes that a processor must do, wherever the rest of the model is done: names travel with a file. */
const MARK = '@cpu';

/** The name under which a node is printed. */
export function nameFor(node: Node, name: string, used: (v: Value) => boolean): string {
  const op: Op = opOf(node.op);
  const context = gradientContext(node, [], () => false);
  return op.offGpu?.(context, (i) => used(node.outputs[i]!)) ? `${name}${MARK}` : name;
}

/** The nodes of a printed model that a GPU must not do. */
export const markedNodes = (model: Uint8Array): string[] =>
  (decodeModel(model).graph?.node ?? []).flatMap(({ name }) => (name?.endsWith(MARK) ? [name] : []));
