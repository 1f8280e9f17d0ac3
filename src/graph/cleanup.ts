import { type Tensor, tensor } from '../base/tensor.ts';
import { attrsOf } from './attributes.ts';
import { sameShape } from './dim.ts';
import type { Graph } from './graph.ts';
import { isTensor, nodeKey } from './node-key.ts';
import { applyLike, type Op, opOf } from './op.ts';
import { rewrite } from './rewrite.ts';
import { shapeValue } from './shape-value.ts';
import { constant, constantOf, type Node, type Value } from './value.ts';

/**
 * Merges equal subexpressions, folds constants and shape arithmetic, and drops what changes nothing.
 * Dead values need no pass: a graph is only what its outputs reach.
 */
export function cleanUp(g: Graph): Graph {
  const merge = commonSubexpressions();
  return rewrite(g, {
    leaf: merge.leaf,
    node: (node, inputs) => {
      const simple = simplified(node, inputs);
      if (simple) return [simple];
      const folded = fold(node, inputs);
      if (folded) return folded.map((t) => merge.leaf(constant(t)));
      return merge.node(node, inputs);
    },
  });
}

/** Most numbers of a constant that is compared with others. */
const SMALL = 64;

/** The type and the numbers of a small tensor. */
const smallKey = ({ dtype, shape, data }: Tensor): string =>
  `${dtype}[${shape}]${Array.from(data as ArrayLike<number | bigint>, (x) => (Object.is(x, -0) ? '-0' : String(x)))}`;

function commonSubexpressions() {
  const constants = new Map<string, Value>();
  const nodes = new Map<string, readonly Value[]>();
  return {
    leaf: (value: Value): Value => {
      const t = constantOf(value);
      // Large constants are not compared: hashing them would cost more than it saves.
      if (!t || t.data.length > SMALL) return value;
      const key = smallKey(t);
      const hit = constants.get(key);
      if (!hit) constants.set(key, value);
      return hit ?? value;
    },
    node: (node: Node, inputs: readonly (Value | undefined)[]): readonly Value[] | undefined => {
      const large = Object.values(node.attrs).some((v) => isTensor(v) && v.data.length > SMALL);
      if (large || opOf(node.op).random) return undefined;
      const key = nodeKey(node, inputs, smallKey);
      const hit = nodes.get(key);
      if (hit) return hit;
      // Rebuilt here rather than by the caller, so that later twins find this very node.
      const made = node.inputs.every((v, i) => v === inputs[i]) ? node.outputs : undefined;
      if (made) nodes.set(key, made);
      return made ?? remember(nodes, key, node, inputs);
    },
  };
}

function remember(
  nodes: Map<string, readonly Value[]>,
  key: string,
  node: Node,
  inputs: readonly (Value | undefined)[],
): readonly Value[] {
  const made = applyLike(node, inputs);
  nodes.set(key, made);
  return made;
}

/** The input that the node passes on unchanged, if it does. */
function simplified(node: Node, inputs: readonly (Value | undefined)[]): Value | undefined {
  const [x] = inputs;
  if (!x) return undefined;
  const y = node.outputs[0]!;
  if (node.op === 'Identity') return x;
  if ((node.op === 'Reshape' || node.op === 'Expand') && sameShape(x.type.shape, y.type.shape)) return x;
  if (node.op === 'Cast' && x.type.dtype === y.type.dtype) return x;
  return undefined;
}

const FOLD_LIMIT = 1 << 16;

function fold(node: Node, inputs: readonly (Value | undefined)[]): Tensor[] | undefined {
  const y = node.outputs[0]!;
  // Shapes that are fully known, whatever they are computed from.
  if (y.type.dtype === 'int64' && y.type.shape.length <= 1 && node.outputs.length === 1) {
    const dims = shapeValue(y);
    if (dims?.every((d) => typeof d === 'number' && Number.isInteger(d))) {
      const size = y.type.shape[0] ?? 1;
      if (dims.length === size) {
        return [tensor('int64', y.type.shape.length === 0 ? [] : [size], BigInt64Array.from(dims as number[], BigInt))];
      }
    }
  }
  const op: Op = opOf(node.op);
  if (!op.evaluate || !inputs.every((i) => !i || constantOf(i))) return undefined;
  if (node.outputs.some((o) => o.type.shape.reduce<number>((n, d) => n * Number(d), 1) > FOLD_LIMIT)) return undefined;
  return op.evaluate(
    inputs.map((i) => constantOf(i)),
    attrsOf(node),
  );
}
