import { check, YosegiError } from '../base/errors.ts';
import { reduceMean } from '../graph/build.ts';
import { reachable } from '../graph/graph.ts';
import { applyLike } from '../graph/op.ts';
import { rebuild } from '../graph/rewrite.ts';
import type { Value } from '../graph/value.ts';
import { dropout, linear } from '../nn/layers.ts';
import { rootScope } from '../nn/scope.ts';

/** Axes of pixels or tokens, over which a value must be averaged to become [N, features]. */
export function poolingAxes(value: Value, size: readonly [number, number], what: string): number[] {
  const { shape, dtype } = value.type;
  const told = () => `${what} is ${dtype}[${shape}]`;
  check(dtype === 'float32', () => `${told()}; a head needs real numbers`);
  if (shape.length === 2) return [];
  // Tokens [N, T, C].
  if (shape.length === 3) return [1];
  check(shape.length === 4, () => `${told()}; a head needs [N, features], tokens [N, T, C] or a map [N, C, H, W]`);
  const isMap = (axes: readonly [number, number]) => {
    const [h, w] = axes.map((a) => shape[a]);
    return (
      (h === 1 && w === 1) ||
      [1, 2, 4, 8, 16, 32, 64].some((s) => h === Math.ceil(size[0] / s) && w === Math.ceil(size[1] / s))
    );
  };
  // Channels first, unless only the other way round has the proportions of the image.
  return !isMap([2, 3]) && isMap([1, 2]) ? [1, 2] : [2, 3];
}

/** [N, features] of a value, averaged over `axes`. */
export function pooledBy(value: Value, axes: readonly number[], what: string): Value {
  const pooled = reduceMean(value, axes, false);
  const features = pooled.type.shape[1];
  check(typeof features === 'number', () => `${what} has an unknown number of features: ${value.type.shape}`);
  return pooled;
}

/** A linear classifier of `classes` on the features [N, F]: `head.weight` and `head.bias`, or the next free name. */
export function newHead(pooled: Value, classes: number, dropRate: number): Value {
  const taken = new Set(reachable([pooled]).flatMap((v) => (v.origin.kind === 'param' ? [v.origin.name] : [])));
  const free = (name: string) => !taken.has(`${name}.weight`) && !taken.has(`${name}.bias`);
  let name = 'head';
  for (let i = 1; !free(name); i++) name = `new_head${i > 1 ? i : ''}`;
  return rootScope().in(name, (s) => linear(s, dropout(pooled, dropRate), classes));
}

/** The same logits with dropout on what the classifier reads. */
export function withDropout(logits: Value, read: Value | undefined, rate: number): Value {
  if (rate === 0) return logits;
  if (!read) throw new YosegiError('the model has no place for dropout: leave it out, or train a new head');
  const marked = dropout(read, rate);
  const values = rebuild([logits], {
    node: (node, inputs) =>
      node.inputs.includes(read)
        ? applyLike(
            node,
            inputs.map((v, i) => (node.inputs[i] === read ? marked : v)),
          )
        : undefined,
  });
  return values.get(logits)!;
}
