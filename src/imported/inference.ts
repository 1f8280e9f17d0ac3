import type { Graph, Model, Node, TensorProto } from '../onnx/wire/messages.ts';
import { captured } from '../onnx/wire/node.ts';
import { tensorFromProto } from '../onnx/wire/tensor.ts';

/** Whether a file was exported in training mode: it normalises features by the batch, or leaves values out at random. */
export function isTraining(file: Model): boolean {
  const known = constantsIn(file.graph);
  return inferring(file).some((n, i) => {
    const before = file.graph.node[i]!;
    // Told not to leave anything out, which is how some write inference.
    return n !== before && !(n.opType === 'Dropout' && isFalse(known.get(before.input[2]!)));
  });
}

/** A file that was exported in training mode, in inference mode: running statistics, no dropout. */
export function asInference(file: Model): Model {
  return { ...file, graph: { ...file.graph, node: inferring(file) } };
}

function inferring({ graph }: Model): Node[] {
  const moving = movingIn(graph);
  return graph.node.map((n) => {
    if (n.domain) return n;
    // Weights that are standardised by their own statistics have no others.
    if (n.opType === 'BatchNormalization') return moving.has(n.input[0]!) ? byRunningStatistics(n) : n;
    // From opset 12 the third input says whether it is training.
    return n.opType === 'Dropout' && n.input[2] ? { ...n, input: n.input.slice(0, 2) } : n;
  });
}

function byRunningStatistics(n: Node): Node {
  const attribute = n.attribute.filter((a) => !(a.name === 'training_mode' && a.type === 'int' && a.value === 1n));
  // To opset 13, more outputs than one mean training.
  const output = n.output.slice(0, 1);
  const same = attribute.length === n.attribute.length && output.length === n.output.length;
  return same ? n : { ...n, attribute, output };
}

/** Names of the values that an image reaches. */
function movingIn(graph: Graph): Set<string> {
  const stored = new Set(graph.initializer.map((t) => t.name));
  const moving = new Set(graph.input.map((i) => i.name).filter((name) => !stored.has(name)));
  // Files need not be in order: until nothing is added.
  for (let before = -1; before < moving.size; ) {
    before = moving.size;
    for (const n of graph.node) {
      const reached = [...n.input, ...captured(n)].some((name) => moving.has(name));
      if (reached) for (const name of n.output) if (name !== '') moving.add(name);
    }
  }
  return moving;
}

/** Tensors that stand in the file, whether stored or given by a node. */
function constantsIn(graph: Graph): Map<string, TensorProto> {
  const known = new Map(graph.initializer.map((t) => [t.name, t]));
  for (const n of graph.node) {
    const value = n.opType === 'Constant' && n.attribute.find((a) => a.name === 'value');
    if (value && value.type === 'tensor') known.set(n.output[0]!, value.value);
  }
  return known;
}

const isFalse = (proto: TensorProto | undefined) => proto !== undefined && !tensorFromProto(proto).data[0];
