import { check, YosegiError } from '../base/errors.ts';
import { add, scalar } from '../graph/build.ts';
import { sameShape } from '../graph/dim.ts';
import { reachable } from '../graph/graph.ts';
import { gradientContext, inScope, type Op, opOf } from '../graph/op.ts';
import type { Node, Value } from '../graph/value.ts';

/**
 * The gradients of the scalar `loss` with respect to each value of `wrt`, as new values of the same graph
 * (reverse-mode differentiation). Throws if `loss` does not depend on one of them through differentiable operators.
 */
export function gradients(loss: Value, wrt: readonly Value[]): Value[] {
  check(loss.type.shape.length === 0, () => `the loss must be a scalar, its shape is [${loss.type.shape}]; reduce it`);
  const values = reachable([loss]);
  const active = dependents(values, wrt);
  const grads = new Map<Value, Value>([[loss, scalar(1, loss.type.dtype)]]);
  const done = new Set<Node>();
  for (const value of [...values].reverse()) {
    const { origin } = value;
    if (origin.kind !== 'node' || !active.has(value) || done.has(origin.node)) continue;
    // Outputs of one node have neighbouring ids, so all its gradients are complete when its last output is met.
    const { node } = origin;
    done.add(node);
    const dys = node.outputs.map((y) => grads.get(y));
    if (dys.every((dy) => dy === undefined)) continue;
    const needs = (i: number) => node.inputs[i] !== undefined && active.has(node.inputs[i]);
    backward(node, dys, needs).forEach((g, i) => {
      const x = node.inputs[i];
      if (!g || !x || !needs(i)) return;
      check(
        sameShape(g.type.shape, x.type.shape),
        () => `the gradient of ${node.op} to input ${i} has shape [${g.type.shape}], the input [${x.type.shape}]`,
      );
      const before = grads.get(x);
      grads.set(x, before ? inScope(node.scope, () => add(before, g)) : g);
    });
  }
  return wrt.map((v) => {
    const g = grads.get(v);
    const name = 'name' in v.origin ? `'${v.origin.name}'` : 'a value';
    if (!g) throw new YosegiError(`no gradient reaches ${name}: the loss does not depend on it differentiably`);
    return g;
  });
}

function backward(
  node: Node,
  dys: readonly (Value | undefined)[],
  needs: (i: number) => boolean,
): readonly (Value | undefined)[] {
  const { gradient }: Op = opOf(node.op);
  if (gradient === 'stops') return [];
  if (gradient === 'none') throw new YosegiError(`${node.op} (in ${node.scope || 'the graph'}) has no gradient`);
  return inScope(node.scope, () => gradient(gradientContext(node, dys, needs)));
}

/** Values through which a gradient can reach one of `wrt`. */
function dependents(values: readonly Value[], wrt: readonly Value[]): Set<Value> {
  const active = new Set<Value>(wrt);
  for (const v of values) {
    if (v.origin.kind === 'node' && v.origin.node.inputs.some((i) => i && active.has(i))) active.add(v);
  }
  return active;
}
