import { f32, sizeOf, type Tensor } from '../base/tensor.ts';
import { attrsOf } from '../graph/attributes.ts';
import { bindDim } from '../graph/dim.ts';
import { reachable } from '../graph/graph.ts';
import { type Op, opOf } from '../graph/op.ts';
import { constantOf, type Node, type Value } from '../graph/value.ts';
import { isResidual, mixesTokens } from './attention.ts';
import { dataDependent, type Layer } from './layers.ts';

/** What attention takes the rows of a layer for: queries, keys, values. */
export const rowParts = ['q', 'k', 'v'] as const;
export type RowPart = (typeof rowParts)[number];

/** Rows of a layer's weight by what attention takes them for, ascending. */
export type Rows = Readonly<Partial<Record<RowPart, readonly number[]>>>;

/** The rows of a layer that a value shows: where each of its numbers comes from, or no more than which they are. */
type Shown = Tensor | ReadonlySet<number>;

/**
 * Which rows of layers are queries, keys and values, however they are packed (one third each, or head by head), read from the graph: the factors of
 * the product that a softmax is taken of are queries and keys, what that softmax is multiplied with are values. Row numbers are followed from the layer
 * to the product through what only moves numbers. Rows that are more than one of the three are none.
 */
export function attentionRows(roots: readonly Value[], layers: readonly Layer[]): ReadonlyMap<Layer, Rows> {
  const values = reachable(roots);
  const data = dataDependent(values);
  const computed = (v: Value | undefined): v is Value => v !== undefined && data.has(v);
  const nodes = new Set(values.flatMap(({ origin }) => (origin.kind === 'node' ? [origin.node] : [])));
  const mixing = new Set([...nodes].filter((node) => mixesTokens(node, computed)));
  const layerAt = new Map(layers.flatMap((l) => l.nodes.map((node) => [node, l] as const)));
  const known = new Map<Value, ReadonlyMap<Layer, Shown>>();

  const shownBy = (v: Value): ReadonlyMap<Layer, Shown> => {
    const found = known.get(v) ?? followed(v);
    known.set(v, found);
    return found;
  };
  const followed = (v: Value): ReadonlyMap<Layer, Shown> => {
    const { origin } = v;
    if (origin.kind !== 'node' || !data.has(v)) return new Map();
    const { node, index } = origin;
    const layer = layerAt.get(node);
    if (layer) return new Map([[layer, ownRows(layer, v)]]);
    if (mixing.has(node) || isResidual(node, computed)) return new Map();
    const read = [...new Set(node.inputs.filter(computed))].filter((i) => shownBy(i).size > 0);
    if (read.length !== 1) return together(read.map(shownBy));
    return new Map([...shownBy(read[0]!)].map(([l, shown]) => [l, moved(node, index, read[0]!, shown)]));
  };

  const parts = new Map<Layer, Map<number, RowPart | 'several'>>();
  const mark = (v: Value, part: RowPart) => {
    for (const [layer, shown] of shownBy(v)) {
      const own = parts.get(layer) ?? new Map<number, RowPart | 'several'>();
      for (const row of rowsIn(shown)) own.set(row, (own.get(row) ?? part) === part ? part : 'several');
      parts.set(layer, own);
    }
  };
  for (const node of mixing) {
    const scores = scoresIn(node, mixing, computed, layerAt);
    if (!scores) continue;
    mark(scores.product.inputs[0]!, 'q');
    mark(scores.product.inputs[1]!, 'k');
    mark(scores.values, 'v');
  }
  return new Map([...parts].map(([layer, own]) => [layer, byPart(own)]));
}

type Computed = (v: Value | undefined) => v is Value;

/** Where a product multiplies the softmax of another one: that other product, and what is multiplied. */
function scoresIn(
  node: Node,
  mixing: ReadonlySet<Node>,
  computed: Computed,
  layerAt: ReadonlyMap<Node, Layer>,
): { readonly product: Node; readonly values: Value } | undefined {
  const behind = (v: Value, layersToo: boolean, soft: boolean, seen: Set<Node>): Node | undefined => {
    if (v.origin.kind !== 'node' || seen.has(v.origin.node)) return undefined;
    const before = v.origin.node;
    seen.add(before);
    if (mixing.has(before)) return soft ? before : undefined;
    if ((layerAt.has(before) && !layersToo) || isResidual(before, computed)) return undefined;
    for (const i of before.inputs) {
      const found = computed(i) ? behind(i, layersToo, soft || before.op === 'Softmax', seen) : undefined;
      if (found) return found;
    }
    return undefined;
  };
  const [a, b] = [node.inputs[0]!, node.inputs[1]!];
  // Talking heads have layers before and behind the softmax; where none is needed none is passed.
  for (const layersToo of [false, true]) {
    const [left, right] = [a, b].map((v) => behind(v, layersToo, false, new Set()));
    if (left && right) return undefined;
    const product = left ?? right;
    if (product) return { product, values: left ? b : a };
  }
  return undefined;
}

/** At a layer's output: each number the index of its own row. */
function ownRows({ kernel, outputs }: Layer, v: Value): Shown {
  const shape = shapeOf(v);
  if (!shape) return new Set(Array.from({ length: outputs }, (_, i) => i));
  const inner = kernel.length > 0 ? sizeOf(kernel.map((_, i) => shape.at(i - kernel.length)!)) : 1;
  return f32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.floor(i / inner) % outputs),
  );
}

/** What an output of a node shows, where one input alone shows rows. */
function moved(node: Node, index: number, from: Value, shown: Shown): Shown {
  const shape = shapeOf(node.outputs[index]!);
  if (!('shape' in shown) || !shape) return rowsIn(shown);
  const op: Op = opOf(node.op);
  if (op.view === 'whole') return { ...shown, shape };
  const others = node.inputs.map((i) => (i === from ? shown : constantOf(i)));
  if (op.view && op.evaluate && node.inputs[0] === from && others.every((t, i) => t || !node.inputs[i])) {
    const out = op.evaluate(others, attrsOf(node))[index];
    return out?.shape.join() === shape.join() ? out : rowsIn(shown);
  }
  // Each number stays in its place.
  return shape.join() === shown.shape.join() ? shown : rowsIn(shown);
}

const rowsIn = (shown: Shown): ReadonlySet<number> =>
  'shape' in shown ? new Set(Array.from(shown.data as Float32Array)) : shown;

/** Where several inputs show rows, no more is known than which they are. */
function together(all: readonly ReadonlyMap<Layer, Shown>[]): ReadonlyMap<Layer, Shown> {
  const out = new Map<Layer, Set<number>>();
  for (const one of all)
    for (const [layer, shown] of one) out.set(layer, new Set([...(out.get(layer) ?? []), ...rowsIn(shown)]));
  return out;
}

/** The shape for one picture; undefined where that does not settle it. */
function shapeOf({ type }: Value): number[] | undefined {
  const known = type.shape.every((d) => typeof d === 'number' || /^(\d+\*)?N(\*N)*$/.test(d));
  return known ? type.shape.map((d) => bindDim(d, { N: 1 })) : undefined;
}

function byPart(own: ReadonlyMap<number, RowPart | 'several'>): Rows {
  const found: Partial<Record<RowPart, number[]>> = {};
  for (const part of rowParts) {
    const rows = [...own].flatMap(([row, p]) => (p === part ? [row] : [])).sort((a, b) => a - b);
    if (rows.length > 0) found[part] = rows;
  }
  return found;
}
