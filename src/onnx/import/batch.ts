import { toNumbers } from '../../base/tensor.ts';
import { attrsOf } from '../../graph/attributes.ts';
import type { Dim } from '../../graph/dim.ts';
import { reachable } from '../../graph/graph.ts';
import { opOf } from '../../graph/op.ts';
import { axisOf } from '../../graph/ops/host.ts';
import { attributesOf } from '../../graph/ops/signatures.ts';
import { constantOf, type Node, type Value } from '../../graph/value.ts';
import type { Symbols } from './symbols.ts';

/**
 * Whether a model that was exported for one image treats the images of a batch apart, once its batch is a symbol: no operator may
 * sum, sort, join or pick along the batch. Returns what is wrong with the first node that does, or undefined.
 */
export function mixedBatch(roots: readonly Value[], symbols: Symbols): string | undefined {
  const symbol = symbols.batch;
  if (symbol === undefined) return undefined;
  const seen = new Set<Node>();
  for (const v of reachable(roots)) {
    if (v.origin.kind !== 'node' || seen.has(v.origin.node)) continue;
    const { node } = v.origin;
    seen.add(node);
    if (opOf(node.op).typeOnly) continue;
    for (let i = 0; i < node.inputs.length; i++) {
      const x = node.inputs[i];
      const axis = x ? batchAxis(x.type.shape, symbol) : undefined;
      if (x && axis !== undefined && !keepsApart(node, i, x, axis, symbols)) {
        const shapes = node.inputs.map((p) => `[${p?.type.shape ?? ''}]`).join(', ');
        return `${node.op}(${shapes})${node.scope ? ` in ${node.scope}` : ''} mixes the images of a batch`;
      }
    }
  }
  return undefined;
}

/** The axis that counts images; -1 where several do, or in a way that cannot be told. */
function batchAxis(shape: readonly Dim[], symbol: string): number | undefined {
  const hits = shape.flatMap((d, i) => (typeof d === 'string' && d.includes(symbol) ? [i] : []));
  if (hits.length === 0) return undefined;
  const [axis] = hits;
  return hits.length === 1 && String(shape[axis!]).split('*').includes(symbol) ? axis! : -1;
}

/** Operators on [N, …] whose first axis is the batch, whatever it holds. */
const imagewise = /^(Conv|.*Pool|(Batch|Instance|Group)Normalization|Resize|DepthToSpace|SpaceToDepth)/;
function keepsApart(node: Node, i: number, x: Value, axis: number, symbols: Symbols): boolean {
  const y = node.outputs[0]!;
  const after = batchAxis(y.type.shape, symbols.batch!);
  if (axis < 0 || after === undefined || after < 0) return false;
  const { op } = node;
  const attrs = attrsOf(node);
  const rank = x.type.shape.length;
  if (imagewise.test(op)) return i === 0 && axis === 0;
  if (opOf(op).view === 'whole') return symbols.batchPlace(x)?.before === symbols.batchPlace(y)?.before;
  if (op === 'Transpose') return (attrs.ints('perm') ?? [])[after] === axis;
  if (op === 'Gemm') return i === 2 || axis === (i === 0 ? attrs.int('transA') : 1 - attrs.int('transB'));
  if (op === 'MatMul')
    return axis !== (i === 0 || rank === 1 ? rank - 1 : rank - 2) && aligned(x, axis, y, after, node, i);
  if (op.startsWith('Reduce')) return !reducedAxes(node, rank).includes(axis);
  if (op === 'LayerNormalization' || op === 'RMSNormalization') return axis < axisOf(attrs.int('axis'), rank);
  if (op === 'Slice') return x.type.shape[axis] === y.type.shape[after];
  if (/^(Scatter|GatherND|CumSum|NonZero|NonMaxSuppression|OneHot)/.test(op)) return false;
  // With one axis along which elements meet.
  if ('axis' in attributesOf(op)) return axis !== axisOf(attrs.int('axis'), rank) && (op !== 'Gather' || i === 0);
  return rank - axis === y.type.shape.length - after;
}

/** In a product, the batch stays where it is, counted from the end, unless it counts the rows of one matrix. */
function aligned(x: Value, axis: number, y: Value, after: number, node: Node, i: number): boolean {
  const other = node.inputs[1 - i];
  return x.type.shape.length - axis === y.type.shape.length - after || other?.type.shape.length === 1;
}

function reducedAxes(node: Node, rank: number): number[] {
  const axes = constantOf(node.inputs[1]);
  if (!axes) return Array.from({ length: rank }, (_, i) => i);
  return toNumbers(axes).map((a) => axisOf(a, rank));
}
