import { gradientContext, type Op, opOf } from '../graph/op.ts';
import type { Node, Value } from '../graph/value.ts';
import { decodeModel } from './wire/model.ts';

/** Ends the names of nodes that a processor must do, wherever the rest of the model is done: names travel with a file. */
const MARK = '@cpu';

/** Whether a processor must do a node; `used`: whether a value is read. */
export function isOffGpu(node: Node, used: (v: Value) => boolean): boolean {
  const { offGpu }: Op = opOf(node.op);
  return (
    offGpu?.(
      gradientContext(node, [], () => false),
      (i) => used(node.outputs[i]!),
    ) ?? false
  );
}

/** The name under which a node is printed. */
export const nameFor = (node: Node, name: string, used: (v: Value) => boolean): string =>
  isOffGpu(node, used) ? `${name}${MARK}` : name;

/** The nodes of a printed model that a GPU must not do. */
export const markedNodes = (model: Uint8Array): string[] =>
  (decodeModel(model).graph?.node ?? []).flatMap(({ name }) => (name?.endsWith(MARK) ? [name] : []));
