import { attrsOf } from '../graph/attributes.ts';
import { add, div, mul, reshape, sqrt, sub } from '../graph/build.ts';
import { graph } from '../graph/graph.ts';
import { applyLike } from '../graph/op.ts';
import { countReaders } from '../graph/readers.ts';
import { rebuild } from '../graph/rewrite.ts';
import type { Node, Value } from '../graph/value.ts';
import { changes } from './mode.ts';

/**
 * A normalisation whose scale and statistics stay as they are is a scale and a shift for each channel: they go into the frozen
 * convolution before it, and into the small kernel of an adapter beside it, so that neither is a pass over the map nor kept for its
 * gradient. `trainable` says which parameters change. Returns what became of the given values.
 */
export function foldFrozenNorms(roots: readonly Value[], trainable: (name: string) => boolean): Map<Value, Value> {
  const readers = countReaders(graph(Object.fromEntries(roots.map((v, i) => [String(i), v]))));
  const once = (v: Value) => readers.get(v) === 1;
  return rebuild(roots, {
    node: (node, inputs) => {
      if (node.op !== 'BatchNormalization' || attrsOf(node).int('training_mode') === 1) return undefined;
      const [x, scale, shift, mean, variance] = inputs;
      if (![scale, mean, variance].every((p) => p?.origin.kind === 'param' && !changes(p, trainable))) return undefined;
      const factor = div(scale!, sqrt(add(variance!, attrsOf(node).float('epsilon'))));
      const replaced = scaled(node.inputs[0]!, x!, factor, sub(shift!, mul(mean!, factor)), once);
      return replaced && [replaced];
    },
  });
}

/** `now · factor + shift` for each channel, inside the convolutions whose sum it is; undefined where it is something else. */
function scaled(
  before: Value,
  now: Value,
  factor: Value,
  shift: Value | undefined,
  once: (v: Value) => boolean,
): Value | undefined {
  if (before.origin.kind !== 'node' || now.origin.kind !== 'node' || !once(before)) return undefined;
  const [old, node] = [before.origin.node, now.origin.node];
  if (old.op !== node.op) return undefined;
  if (node.op === 'Conv') return inKernel(node, factor, shift);
  if (node.op !== 'Add' || !sameShape(old)) return undefined;
  const [a, b] = [0, 1].map((i) => scaled(old.inputs[i]!, node.inputs[i]!, factor, i === 0 ? shift : undefined, once));
  return a && b && add(a, b);
}

function inKernel(node: Node, factor: Value, shift: Value | undefined): Value {
  const [x, weight, bias] = node.inputs;
  const each = reshape(factor, [factor.type.shape[0]!, ...weight!.type.shape.slice(1).map(() => 1)]);
  const own = bias && mul(bias, factor);
  return applyLike(node, [x, mul(weight!, each), own && shift ? add(own, shift) : (own ?? shift)])[0]!;
}

const sameShape = ({ inputs, outputs }: Node) =>
  inputs.every((v) => v?.type.shape.join() === outputs[0]!.type.shape.join());
