import type { Model, Node } from '../onnx/wire/messages.ts';

/** Whether a file was exported in training mode: it normalises by the batch, or leaves values out at random. */
export const isTraining = (file: Model): boolean => file.graph.node.some((n) => n !== inferring(n));

/** A file that was exported in training mode, in inference mode: running statistics, no dropout. */
export function asInference(file: Model): Model {
  return { ...file, graph: { ...file.graph, node: file.graph.node.map(inferring) } };
}

function inferring(n: Node): Node {
  if (n.domain) return n;
  if (n.opType === 'BatchNormalization') {
    const attribute = n.attribute.filter((a) => !(a.name === 'training_mode' && a.type === 'int' && a.value === 1n));
    // To opset 13, more outputs than one mean training.
    const output = n.output.slice(0, 1);
    const same = attribute.length === n.attribute.length && output.length === n.output.length;
    return same ? n : { ...n, attribute, output };
  }
  // From opset 12 the third input says whether it is training.
  if (n.opType === 'Dropout' && n.input[2]) return { ...n, input: n.input.slice(0, 2) };
  return n;
}
