import { check } from '../../base/errors.ts';
import { attrsOf } from '../../graph/attributes.ts';
import { add, concat, div, matmul, mul, pad, reshape, slice, sqrt, swapLast } from '../../graph/build.ts';
import { divDim, fixed, productOf } from '../../graph/dim.ts';
import { gradientContext } from '../../graph/op.ts';
import { geometry } from '../../graph/ops/conv.ts';
import type { Node, Value } from '../../graph/value.ts';
import type { BankedLayer } from './plan.ts';

/** The factors of one layer, another for each picture: `a` [N, rank · columns], `b` [N, rows · rank]. */
export interface Factors {
  readonly layer: BankedLayer;
  readonly a: Value;
  readonly b: Value;
}

/**
 * What is added to what a layer gives, in its shape: B·A of what it reads, with the factors of each picture's own task. `factor` [rows]
 * is what a frozen normalisation behind it multiplies with.
 */
export function besideLayer(node: Node, x: Value, { layer, a, b }: Factors, factor?: Value): Value {
  const { rank, columns, rows } = layer;
  const down = reshape(a, ['N', rank, columns]);
  const plain = reshape(b, ['N', rows, rank]);
  const up = factor ? mul(plain, reshape(factor, [1, rows, 1])) : plain;
  const shape = node.outputs[0]!.type.shape;
  if (node.op !== 'Conv') {
    const each = divDim(productOf(x.type.shape.slice(0, -1)), 'N');
    check(
      typeof each === 'number',
      () => `${layer.name} sees [${x.type.shape}], which is not so many rows for each picture: a bank cannot part them`,
    );
    const read = reshape(x, ['N', each, columns]);
    return reshape(matmul(matmul(read, swapLast(down)), swapLast(up)), shape);
  }
  check(
    x.type.shape[0] === 'N',
    () => `${layer.name} sees [${x.type.shape}], which are not pictures one by one: a bank cannot part them`,
  );
  const out = shape.slice(2).map((d) => fixed(d, `the size of what ${layer.name} gives`));
  const seen = tapsOf(node, x, out);
  if (layer.kind === 'depthwise') {
    const kernels = matmul(up, down);
    const shares = seen.map((tap, k) =>
      mul(tap, reshape(slice(kernels, [2], [k], [k + 1]), ['N', rows, ...out.map(() => 1)])),
    );
    return shares.reduce((sum, share) => add(sum, share));
  }
  const channels = columns / seen.length;
  const positions = out.reduce((p, d) => p * d, 1);
  const flat = seen.map((tap) => reshape(tap, ['N', channels, 1, positions]));
  const together = reshape(concat(flat, 2), ['N', columns, positions]);
  return reshape(matmul(up, matmul(down, together)), shape);
}

/** What a normalisation with running statistics multiplies each channel with. */
export const factorOf = (norm: Node): Value => {
  const [, scale, , , variance] = norm.inputs;
  return div(scale!, sqrt(add(variance!, attrsOf(norm).float('epsilon'))));
};

/** What each tap of a convolution's kernel sees, [N, C, …out] each, row-major. */
function tapsOf(node: Node, x: Value, out: readonly number[]): Value[] {
  const { kernel, strides, dilations, begin, end } = geometry(
    gradientContext({ ...node, inputs: [x, ...node.inputs.slice(1)] }, [], () => false),
  );
  const padded = pad(x, [0, 0, ...begin, 0, 0, ...end]);
  const places = kernel.reduce<number[][]>(
    (all, k) => all.flatMap((t) => Array.from({ length: k }, (_, i) => [...t, i])),
    [[]],
  );
  const axes = kernel.map((_, i) => i + 2);
  if (places.length === 1 && strides.every((s) => s === 1)) return [padded];
  return places.map((place) => {
    const starts = place.map((t, i) => t * dilations[i]!);
    const ends = starts.map((s, i) => s + (out[i]! - 1) * strides[i]! + 1);
    return slice(padded, axes, starts, ends, strides);
  });
}
