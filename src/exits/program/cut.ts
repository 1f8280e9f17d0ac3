import { check } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { cleanUp } from '../../graph/cleanup.ts';
import { graphCost } from '../../graph/cost.ts';
import { frontier } from '../../graph/frontier.ts';
import { type Graph, graph, nameOf, reachable } from '../../graph/graph.ts';
import { opOf } from '../../graph/op.ts';
import { rebuild, replacing, rewrite } from '../../graph/rewrite.ts';
import { folded, tidied } from '../../graph/shipped.ts';
import { input, type TensorType, type Value } from '../../graph/value.ts';
import { type ExitModel, exitsGraph, exitsOf, type Model } from '../../models/model.ts';

/** The part of a model from one exit to the next. */
export interface Segment {
  /** The exit that it ends at. */
  readonly exit: string;
  /** Gives `logits` [N, classes] and those values of `keeps` that it computes. */
  readonly graph: Graph;
  /** What it is fed: the image, or what segments before it keep. */
  readonly takes: readonly string[];
  /** What segments behind it still need, whether computed here or before. One row an image in each. */
  readonly keeps: readonly string[];
  /** For one image, this segment alone. */
  readonly macs: number;
}

/** A model cut at its exits, as it is shipped: batch normalisations folded, constants computed. */
export interface CutModel {
  readonly name: string;
  /** Name of the image input. */
  readonly image: string;
  /** As the first segment takes it, the first dimension being a symbol. */
  readonly imageType: TensorType;
  readonly classes: number;
  readonly segments: readonly Segment[];
  /** Values for the segments' parameters. */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Multiply–accumulates of one image that leaves at each exit. */
  readonly macs: readonly number[];
}

/** Whether the model has exits to leave at. */
export function hasExits(model: Model): model is ExitModel {
  return exitsOf(model).length > 1;
}

export interface CutOptions {
  /** What the model's image is made from inside the first segment, e.g. bytes; an input of the same name must be at its root. */
  readonly entered?: Value;
}

/**
 * Cuts a model at its exits, so that nothing is computed twice: where the parts meet is found in the graph that is shipped, after
 * folding, which may no longer hold the values that the model named.
 */
export function cutAtExits(model: ExitModel, weights: ReadonlyMap<string, Tensor>, options: CutOptions = {}): CutModel {
  check(hasExits(model), () => `${model.name} has no exits on the way: there is nothing to cut`);
  const image = nameOf(model.image)!;
  const { entered } = options;
  const computed = folded(exitsGraph(model), weights);
  const all = entered
    ? rewrite(computed.graph, { leaf: (v) => (v === model.image ? entered : undefined) })
    : computed.graph;
  const logits = [...cleanUp(all).outputs.values()];
  const carried = logits.map((_, k) => carriedPast(logits, k, model.image.type.shape[0]));
  const names = new Map<Value, string>();
  for (const v of carried.flat()) if (!names.has(v)) names.set(v, nameOf(v) ?? `carry.${names.size}`);
  const segments = model.exits.map(({ name }, k) => {
    const segment = segmentOf(name, logits[k]!, carried[k]!, carried[k - 1] ?? [], names);
    const known = k === 0 ? [image] : carried[k - 1]!.map((v) => names.get(v)!);
    const unknown = segment.takes.filter((t) => !known.includes(t));
    check(unknown.length === 0, () => `${model.name} cannot be cut at '${name}': ${unknown} is not known by then`);
    return segment;
  });
  let sum = 0;
  const macs = segments.map((s) => {
    sum += s.macs;
    return sum;
  });
  const imageType = segments[0]!.graph.inputs[0]!.type;
  return { name: model.name, image, imageType, classes: model.classes, segments, constants: computed.weights, macs };
}

/** What computes `logits` and `keep` from what is `known`. */
function segmentOf(
  exit: string,
  logits: Value,
  keep: readonly Value[],
  known: readonly Value[],
  names: ReadonlyMap<Value, string>,
): Segment {
  const nameFor = (v: Value) => names.get(v)!;
  const computed = known.filter((v) => v.origin.kind === 'node');
  const fed = new Map(computed.map((v) => [v, input(nameFor(v), v.type.dtype, v.type.shape)]));
  const map = rebuild([logits, ...keep], replacing(fed));
  const fresh = keep.filter((v) => map.get(v)!.origin.kind !== 'input');
  const outputs = new Map<string, Value>([
    ['logits', map.get(logits)!],
    ...fresh.map((v) => [nameFor(v), map.get(v)!] as const),
  ]);
  // Only now: what goes past an exit has one row an image.
  const g = tidied(graph(outputs, exit));
  const takes = g.inputs.map((v) => nameOf(v)!);
  return { exit, graph: g, takes, keeps: keep.map(nameFor), macs: graphCost(g, { N: 1 }).macs };
}

/** All numbers of a value, under another shape or in another order. */
function viewed({ origin }: Value): Value | undefined {
  if (origin.kind !== 'node') return undefined;
  const { view } = opOf(origin.node.op);
  return view === 'whole' || view === 'reordered' ? origin.node.inputs[0] : undefined;
}

/**
 * What goes past exit `k`: values that depend on the image and have one row for each. A view of such a value, e.g. all tokens of
 * all images as rows, is made again on the other side; what depends on parameters alone is left to both sides.
 */
function carriedPast(logits: readonly Value[], k: number, batch: Value['type']['shape'][number] | undefined): Value[] {
  const rest = logits.slice(k + 1);
  if (rest.length === 0) return [];
  const rows = new Set<Value>();
  for (const found of frontier(logits.slice(0, k + 1), rest)) {
    let v = found;
    if (!reachable([v]).some((u) => u.origin.kind === 'input')) continue;
    for (let inner = viewed(v); v.type.shape[0] !== batch && inner; inner = viewed(v)) v = inner;
    check(
      v.type.shape[0] === batch && !v.type.shape.slice(1).some((d) => typeof d === 'string'),
      () => `a value of shape [${found.type.shape}] goes past an exit: it has no row for each image, so none can leave`,
    );
    rows.add(v);
  }
  return [...rows];
}
