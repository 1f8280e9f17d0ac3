import { toNumbers } from '../../../base/tensor.ts';
import { attrsOf } from '../../../graph/attributes.ts';
import { apply1 } from '../../../graph/op.ts';
import { axisOf } from '../../../graph/ops/host.ts';
import { constantOf, type Node, type Value } from '../../../graph/value.ts';
import { permOf } from './layout.ts';
import { nodeOf, same } from './values.ts';

/** Softmax and its logarithm that exporters wrote out. */

/** exp(z) / Σ exp(z) along one axis, whether the largest was taken off before or not. */
export function softmax(y: Value): Value | undefined {
  const node = nodeOf(y, 'Div', 'Mul');
  if (!node) return undefined;
  const [a, b] = node.inputs;
  const quotients = node.op === 'Div' ? [[a, b]] : [[a, inverted(b)] as const, [b, inverted(a)] as const];
  for (const [over, under] of quotients) {
    const exp = nodeOf(over, 'Exp');
    const axis = exp && sumAxis(under, over);
    if (axis !== undefined) return apply1('Softmax', [lifted(exp!.inputs[0]!, axis)], { axis });
  }
  return undefined;
}

/** log Σ exp taken off, or the logarithm of a softmax. */
export function logSoftmax(y: Value): Value | undefined {
  const whole = nodeOf(nodeOf(y, 'Log')?.inputs[0], 'Softmax');
  if (whole) return apply1('LogSoftmax', [whole.inputs[0]!], { axis: attrsOf(whole).int('axis') });
  const node = nodeOf(y, 'Sub');
  const sum = nodeOf(nodeOf(node?.inputs[1], 'Log')?.inputs[0], 'ReduceSum');
  const exp = nodeOf(sum?.inputs[0], 'Exp');
  if (!exp || !same(exp.inputs[0], node!.inputs[0])) return undefined;
  const axis = keptAxis(sum!);
  return axis === undefined ? undefined : apply1('LogSoftmax', [lifted(node!.inputs[0]!, axis)], { axis });
}

/** A softmax between two transposes that undo each other is one along another axis. */
export function softmaxAcross(y: Value): Value | undefined {
  const outer = nodeOf(y, 'Transpose');
  const middle = nodeOf(outer?.inputs[0], 'Softmax', 'LogSoftmax');
  const inner = nodeOf(middle?.inputs[0], 'Transpose');
  if (!outer || !middle || !inner) return undefined;
  const [back, forth] = [permOf(outer), permOf(inner)];
  if (back.some((p, i) => forth[p] !== i)) return undefined;
  const axis = forth[axisOf(attrsOf(middle).int('axis'), forth.length)]!;
  return apply1(middle.op, [inner.inputs[0]!], { axis });
}

const inverted = (v: Value | undefined) => nodeOf(v, 'Reciprocal')?.inputs[0];

/** The one axis along which `v` is the kept sum of `x`. */
function sumAxis(v: Value | undefined, x: Value | undefined): number | undefined {
  const node = nodeOf(v, 'ReduceSum');
  return node && same(node.inputs[0], x) ? keptAxis(node) : undefined;
}

/** `z` without the largest along the axis taken off: it changes no quotient. */
function lifted(z: Value, axis: number): Value {
  const node = nodeOf(z, 'Sub');
  const most = nodeOf(node?.inputs[1], 'ReduceMax');
  return node && most && same(most.inputs[0], node.inputs[0]) && keptAxis(most) === axis ? node.inputs[0]! : z;
}

/** The axis of a reduction over one, whose dimension is kept. */
function keptAxis(node: Node & { readonly op: 'ReduceSum' | 'ReduceMax' }): number | undefined {
  const axes = constantOf(node.inputs[1]);
  if (axes?.data.length !== 1 || attrsOf(node).int('keepdims') !== 1) return undefined;
  return axisOf(toNumbers(axes)[0]!, node.inputs[0]!.type.shape.length);
}
