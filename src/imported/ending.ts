import { attrsOf } from '../graph/attributes.ts';
import { ints, slice } from '../graph/build.ts';
import { apply1, applyLike, opOf } from '../graph/op.ts';
import { axisOf } from '../graph/ops/host.ts';
import type { Node, Value } from '../graph/value.ts';

/** What a file puts behind its logits: losses want logits, and every task puts its own softmax on. */
export interface Ending {
  /** From before it: [N, classes], or with axes of one behind. */
  readonly logits: Value;
  /** The operators that were taken off, the first of them first; none where the file ends in logits. */
  readonly ops: readonly string[];
  /** What the file gives, made of the logits [N, classes] again. */
  readonly restore: (logits: Value) => Value;
}

/** [N, classes], or what convolutional classifiers of older tools end in: [N, classes, 1, 1]. */
export const isRow = ({ type: { shape } }: Value) => shape.length >= 2 && shape.slice(2).every((d) => d === 1);

/** Whether an operator at the end only says logits in another way; the largest stays the largest. */
const squashes: Readonly<Record<string, (node: Node) => boolean>> = {
  Softmax: overClasses,
  LogSoftmax: overClasses,
  Sigmoid: () => true,
  HardSigmoid: () => true,
  Tanh: () => true,
  Softplus: () => true,
  // Of features these are more likely than of logits.
  Relu: ofLayer,
  LeakyRelu: ofLayer,
  Elu: ofLayer,
  Clip: ofLayer,
};
/** The same numbers under another shape. */
const isView = ({ op }: Node) => opOf(op).view === 'whole';

/** These only pass on what is squashed below them. */
const passing = new Set(['Log', 'Exp', 'Clip']);

/** Takes off what stands behind the logits. */
export function endingOf(value: Value): Ending {
  const taken: Node[] = [];
  let logits = value;
  let end = 0;
  for (let at = value; at.origin.kind === 'node' && isRow(at); ) {
    const { node }: { node: Node } = at.origin;
    const squashed = squashes[node.op]?.(node) ?? false;
    if (!squashed && !isView(node) && !passing.has(node.op)) break;
    if (at.type.shape[1] !== value.type.shape[1]) break;
    at = node.inputs[0]!;
    if (!isView(node)) taken.unshift(node);
    if (squashed) [logits, end] = [at, taken.length];
  }
  const nodes = taken.slice(taken.length - end);
  const restore = (rows: Value) =>
    nodes.reduce((y, n) => applyLike({ op: n.op, attrs: attrsOnRows(n) }, [y, ...n.inputs.slice(1)])[0]!, rows);
  if (logits.type.shape[1] !== 1 || !nodes.some((n) => probability.has(n.op)))
    return { logits, ops: nodes.map((n) => n.op), restore };
  return {
    logits: twoClasses(logits),
    ops: nodes.map((n) => n.op),
    restore: (rows) => restore(slice(rows, [1], [1], [2])),
  };
}

/** One answer between 0 and 1 is how likely the second of two classes is. */
const probability = new Set(['Sigmoid', 'HardSigmoid']);

/** [N, 1] as [N, 2]: the softmax of 0 and x is the sigmoid of x. */
function twoClasses(x: Value): Value {
  const row = apply1('Reshape', [x, ints([-1, 1])]);
  return apply1('Pad', [row, ints([0, 1, 0, 0])]);
}

function overClasses(node: Node): boolean {
  return axisOf(attrsOf(node).int('axis'), node.inputs[0]!.type.shape.length) === 1;
}

/** Rows have no other axis. */
const attrsOnRows = ({ attrs }: Node) => ('axis' in attrs ? { ...attrs, axis: 1 } : attrs);

function ofLayer({ inputs }: Node): boolean {
  let at = inputs[0]!;
  while (at.origin.kind === 'node' && isView(at.origin.node)) at = at.origin.node.inputs[0]!;
  if (at.origin.kind !== 'node') return false;
  const { op, inputs: read } = at.origin.node;
  const layer = (v: Value | undefined) => v?.origin.kind === 'node' && v.origin.node.op === 'MatMul';
  return op === 'Gemm' || op === 'MatMul' || op === 'Conv' || (op === 'Add' && read.some(layer));
}
