import type { Tensor } from '../base/tensor.ts';
import { attrsOf } from '../graph/attributes.ts';
import { ints, scalar, slice } from '../graph/build.ts';
import { apply1, applyLike, opOf } from '../graph/op.ts';
import { axisOf } from '../graph/ops/host.ts';
import type { OpName } from '../graph/ops/signatures.ts';
import { constantOf, type Node, type Value } from '../graph/value.ts';

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

/** What one operator at the end does with the row below it. */
interface Step {
  readonly below: Value;
  /** What is taken off; none for the same numbers under another shape. */
  readonly op?: OpName;
  /** Whether it says logits in another way by itself; else it only passes on what is squashed below it. */
  readonly squashes: boolean;
  /** The same on rows [N, classes]. */
  readonly again: (row: Value) => Value;
}

/** Operators at the end that only say logits in another way; the largest stays the largest. */
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

/** These only pass on what is squashed below them. */
const passing = new Set(['Log', 'Exp', 'Clip']);

type Weights = ReadonlyMap<string, Tensor<'float32'>>;

/** Takes off what stands behind the logits. `weights`: the values of parameters, by name. */
export function endingOf(value: Value, weights: Weights = new Map()): Ending {
  const taken: Step[] = [];
  let logits = value;
  let end = 0;
  for (let at = value; at.origin.kind === 'node' && isRow(at); ) {
    const step = stepOf(at.origin.node, weights);
    if (!step || at.type.shape[1] !== value.type.shape[1]) break;
    at = step.below;
    if (step.op) taken.unshift(step);
    if (step.squashes) [logits, end] = [at, taken.length];
  }
  const steps = taken.slice(taken.length - end);
  const ops = steps.map(({ op }) => op!);
  const restore = (rows: Value) => steps.reduce((y, step) => step.again(y), rows);
  if (logits.type.shape[1] !== 1 || !ops.some((op) => probability.has(op))) return { logits, ops, restore };
  return { logits: twoClasses(logits), ops, restore: (rows) => restore(slice(rows, [1], [1], [2])) };
}

function stepOf(node: Node, weights: Weights): Step | undefined {
  const { op, inputs } = node;
  const [first, ...others] = inputs;
  if (opOf(op).view === 'whole') return { below: first!, squashes: false, again: (row) => row };
  const squashing = squashes[op]?.(node) ?? false;
  if (squashing || passing.has(op)) {
    const again = (row: Value) => applyLike({ op, attrs: attrsOnRows(node) }, [row, ...others])[0]!;
    return { below: first!, op, squashes: squashing, again };
  }
  return scaled(node, weights) ?? divided(node);
}

/** Percent instead of shares, and what keeps a logarithm finite: one number more, or times one above 0. */
function scaled({ op, inputs }: Node, weights: Weights): Step | undefined {
  if (op !== 'Mul' && op !== 'Div' && op !== 'Add') return undefined;
  const numbers = inputs.map((v) => numberIn(v!, weights));
  const at = numbers.findIndex((n) => n !== undefined);
  if (at < 0 || (op === 'Div' && at === 0) || (op !== 'Add' && numbers[at]! <= 0)) return undefined;
  const by = scalar(numbers[at]!);
  return { below: inputs[1 - at]!, op, squashes: false, again: (row) => apply1(op, [row, by]) };
}

/** The one number that a constant or a parameter holds. */
function numberIn(v: Value, weights: Weights): number | undefined {
  const t = v.origin.kind === 'param' ? weights.get(v.origin.name) : constantOf(v);
  return t?.data.length === 1 ? Number(t.data[0]) : undefined;
}

/** Rows divided by their own sum, length or largest: the order stays, where what divides is above 0. */
function divided({ op, inputs: [x, by] }: Node): Step | undefined {
  const norm = op === 'Div' ? normOf(by!, x!) : undefined;
  if (!norm) return undefined;
  // A sum of logits may be below 0; their length is not, and where nothing squashes below, it is taken off itself.
  const squashing = norm.isLength && isOfLayer(x!);
  return { below: x!, op, squashes: squashing, again: (row) => apply1('Div', [row, norm.of(row)]) };
}

interface Norm {
  readonly isLength: boolean;
  /** [N, 1] of a row [N, classes]. */
  readonly of: (row: Value) => Value;
}

/** Which sum over the classes of `x` the value is, kept from 0 and spread over the row or not. */
function normOf(value: Value, x: Value): Norm | undefined {
  if (value.origin.kind !== 'node') return undefined;
  const { op, attrs, inputs } = value.origin.node;
  const [first, ...others] = inputs;
  if (sums.has(op)) {
    if (first !== x || value.type.shape[1] !== 1) return undefined;
    const of = (row: Value) => applyLike({ op, attrs: { keepdims: 1 } }, [row, ints([1])])[0]!;
    return { isLength: op === 'ReduceL1' || op === 'ReduceL2', of };
  }
  const isSpread = op === 'Expand';
  const below = isSpread || keeping.has(op) ? normOf(first!, x) : undefined;
  if (!below || isSpread) return below;
  if (!others.every((v) => v === undefined || constantOf(v)?.data.length === 1)) return undefined;
  return { ...below, of: (row) => applyLike({ op, attrs }, [below.of(row), ...others])[0]! };
}
/** A little more, or at least so much: nothing is divided by 0. */
const keeping = new Set(['Clip', 'Max', 'Add']);
const sums = new Set(['ReduceSum', 'ReduceMax', 'ReduceL1', 'ReduceL2']);

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
  return isOfLayer(inputs[0]!);
}

function isOfLayer(value: Value): boolean {
  let at = value;
  while (at.origin.kind === 'node' && opOf(at.origin.node.op).view === 'whole') at = at.origin.node.inputs[0]!;
  if (at.origin.kind !== 'node') return false;
  const { op, inputs: read } = at.origin.node;
  const layer = (v: Value | undefined) => v?.origin.kind === 'node' && v.origin.node.op === 'MatMul';
  return op === 'Gemm' || op === 'MatMul' || op === 'Conv' || (op === 'Add' && read.some(layer));
}
