import { attrsOf } from './attributes.ts';
import { reshape } from './build.ts';
import type { Dim } from './dim.ts';
import { sameShape } from './dim.ts';
import type { Graph } from './graph.ts';
import { applyLike, opOf } from './op.ts';
import { rewrite } from './rewrite.ts';
import type { Node, Value } from './value.ts';

/**
 * Tokens [N, T, C] go through linear maps as rows [N·T, C] and come back from each: what lies between two maps (activations,
 * layer normalisations, sums) is done on the rows, and the two changes of shape in the middle fall away. With few tokens they cost
 * as much as the arithmetic.
 */
export function sinkReshapes(g: Graph): Graph {
  return rewrite(g, {
    node: (node, inputs) => {
      const [x, ...rest] = inputs;
      if (!x) return undefined;
      const shape = node.outputs[0]!.type.shape;
      if (node.op === 'Reshape') {
        const inner = reshaped(x);
        return inner && [reshape(inner, shape)];
      }
      if (isRowwiseNorm(node)) {
        const rows = rowsOf(x);
        return rows && [reshape(applyLike(node, [rows, ...rest])[0]!, shape)];
      }
      if (!opOf(node.op).elementwise || node.outputs.length !== 1) return undefined;
      const whole = inputs.filter((v) => v && sameShape(v.type.shape, shape));
      const rows = whole.map((v) => rowsOf(v!)).find((v) => v !== undefined);
      if (!rows) return undefined;
      const operands = inputs.map((v) => v && asRows(v, rows, shape));
      if (operands.some((v, i) => inputs[i] && !v)) return undefined;
      return [reshape(applyLike(node, operands)[0]!, shape)];
    },
  });
}

/** What a value was before its shape was changed. */
function reshaped(v: Value): Value | undefined {
  return v.origin.kind === 'node' && v.origin.node.op === 'Reshape' ? v.origin.node.inputs[0]! : undefined;
}

/** The matrix that a value of more dimensions is a view of, with the same last dimension. */
function rowsOf(v: Value): Value | undefined {
  const rows = reshaped(v);
  const [count, width] = rows?.type.shape ?? [];
  const fits = rows?.type.shape.length === 2 && v.type.shape.length > 2 && width === v.type.shape.at(-1);
  return fits && count !== undefined ? rows : undefined;
}

/** An operand as a matrix like `rows`: reshaped where it has all of the result's shape, as it is where it is one row for all. */
function asRows(v: Value, rows: Value, shape: readonly Dim[]): Value | undefined {
  if (sameShape(v.type.shape, shape)) return reshape(reshaped(v) ?? v, rows.type.shape);
  return v.type.shape.length <= 1 ? v : undefined;
}

/** A layer normalisation of the last dimension. */
function isRowwiseNorm(node: Node): boolean {
  if (node.op !== 'LayerNormalization') return false;
  return attrsOf(node).int('axis') === -1;
}
