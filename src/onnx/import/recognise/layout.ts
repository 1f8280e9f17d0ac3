import { readAttributes } from '../../../graph/attributes.ts';
import { sameShape } from '../../../graph/dim.ts';
import { apply1, opOf } from '../../../graph/op.ts';
import { constantOf, type Node, type Value } from '../../../graph/value.ts';
import { nodeOf, numberOf } from './values.ts';

/** Steps that come to nothing, alone or with the step before them. */

/** Two transposes in a row are one; one that changes nothing is none. */
export function transposed(y: Value): Value | undefined {
  const outer = nodeOf(y, 'Transpose');
  if (!outer) return undefined;
  const perm = permOf(outer);
  const inner = nodeOf(outer.inputs[0], 'Transpose');
  const whole = inner ? perm.map((p) => permOf(inner)[p]!) : perm;
  const x = inner ? inner.inputs[0]! : outer.inputs[0]!;
  if (whole.every((p, i) => p === i)) return x;
  return inner ? apply1('Transpose', [x], { perm: whole }) : undefined;
}

/** The permutation of a transpose; without one the axes are turned round. */
export function permOf(node: Node): readonly number[] {
  const rank = node.inputs[0]!.type.shape.length;
  return readAttributes('Transpose', node.attrs).ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
}

/** A sum with zero or a product with one leaves a value as it is. */
export function neutral(y: Value): Value | undefined {
  const node = nodeOf(y, 'Add', 'Mul', 'Sub', 'Div');
  if (!node) return undefined;
  const unit = node.op === 'Add' || node.op === 'Sub' ? 0 : 1;
  const [a, b] = node.inputs;
  const passes = (x: Value | undefined, c: Value | undefined) =>
    numberOf(c) === unit && !constantOf(x) && x?.type.shape.join() === y.type.shape.join() ? x : undefined;
  return passes(a, b) ?? (node.op === 'Add' || node.op === 'Mul' ? passes(b, a) : undefined);
}

/** A reshape that gives back the shape from before another. */
export function restored(y: Value): Value | undefined {
  let before = viewed(y);
  for (let i = 0; before && i < 4; i++) {
    if (sameShape(before.type.shape, y.type.shape)) return before;
    before = viewed(before);
  }
  return undefined;
}

/** What a value shows under another shape. */
function viewed(v: Value): Value | undefined {
  const node = nodeOf(v);
  return node && opOf(node.op).view === 'whole' ? node.inputs[0] : undefined;
}
