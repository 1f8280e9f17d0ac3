import { bytesOf } from '../base/tensor.ts';
import { attrsOf } from './attributes.ts';
import { bindDim, isCounted } from './dim.ts';
import { type Graph, nameOf, roleOf } from './graph.ts';
import { type Op, opOf } from './op.ts';
import type { Node, TensorType, Value } from './value.ts';

/** Work of one node, of a part of a graph, or of all of it. */
interface Work {
  /** Multiply–accumulates of convolutions and matrix products, attention included. */
  readonly macs: number;
  /** Floating-point operations: 2 · macs plus the elementwise work. */
  readonly flops: number;
  /** Bytes read and written when every node reads its inputs and writes its outputs once; fusion makes it less. */
  readonly bytes: number;
}

interface NodeCost extends Work {
  readonly node: Node;
}

/** A part of the model, named by a prefix of the scopes its nodes were made in. */
interface GroupCost extends Work {
  readonly name: string;
  readonly parameters: number;
  readonly nodes: number;
  /** Shape that the part's last node puts out. */
  readonly shape: readonly number[];
}

export interface GraphCost extends Work {
  /** Values that training changes; running statistics and frozen parameters are counted apart. */
  readonly parameters: number;
  readonly frozen: number;
  readonly statistics: number;
  /** Bytes of all of these in float32: what the weights take in a file. */
  readonly weightBytes: number;
  readonly nodes: readonly NodeCost[];
  /** In the order in which data reaches them. */
  readonly groups: readonly GroupCost[];
}

/** What a graph costs with numbers put in for its symbols, e.g. `graphCost(classifier(model), { N: 1 })`. */
export function graphCost(
  g: Graph,
  symbols: Readonly<Record<string, number>>,
  groupOf: (path: string) => string = stageName,
): GraphCost {
  // How many boxes are kept, say, is known only when the graph runs; here none, unless a number is put in.
  const shapeOf = (type: TensorType) => type.shape.map((d) => bindDim(d, symbols, isCounted(d) ? 0 : undefined));
  const used = new Set<Value>(g.outputs.values());
  for (const node of g.nodes) for (const v of node.inputs) if (v) used.add(v);
  const nodes = g.nodes.map((node) => nodeCost(node, shapeOf, used));
  const groups = new Map<string, Mutable<GroupCost>>();
  const groupAt = (name: string) => {
    const known = groups.get(name);
    if (known) return known;
    const fresh = { name, parameters: 0, nodes: 0, macs: 0, flops: 0, bytes: 0, shape: [] };
    groups.set(name, fresh);
    return fresh;
  };
  for (const cost of nodes) {
    const group = groupAt(groupOf(cost.node.scope));
    addWork(group, cost);
    group.nodes++;
    group.shape = shapeOf(cost.node.outputs[0]!.type);
  }
  const held = { trainable: 0, frozen: 0, statistic: 0 };
  let weightBytes = 0;
  for (const p of g.params) {
    const size = elements(shapeOf(p.type));
    held[roleOf(p)] += size;
    weightBytes += size * bytesOf(p.type.dtype);
    if (roleOf(p) !== 'trainable') continue;
    const name = nameOf(p)!;
    groupAt(groupOf(name.slice(0, Math.max(0, name.lastIndexOf('.'))))).parameters += size;
  }
  const total = { macs: 0, flops: 0, bytes: 0 };
  for (const cost of nodes) addWork(total, cost);
  return {
    ...total,
    parameters: held.trainable,
    frozen: held.frozen,
    statistics: held.statistic,
    weightBytes,
    nodes,
    groups: [...groups.values()],
  };
}

/** The part a scope belongs to: its first word, and the number after it: `stages.1.blocks.0` → `stages.1`, `head.fc` → `head`. */
export function stageName(path: string): string {
  return /^[^.]*(\.\d+)?(?=\.|$)/.exec(path)?.[0] ?? path;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function addWork(to: Mutable<Work>, more: Work): void {
  to.macs += more.macs;
  to.flops += more.flops;
  to.bytes += more.bytes;
}

function nodeCost(node: Node, shapeOf: (type: TensorType) => number[], used: ReadonlySet<Value>): NodeCost {
  const op: Op = opOf(node.op);
  const outputs = node.outputs.filter((v, i) => i === 0 || used.has(v)).map((v) => v.type);
  const inputs = node.inputs.map((v) => v?.type);
  const work = op.cost?.({
    attrs: attrsOf(node),
    inputs: inputs.map((t) => (t ? shapeOf(t) : [])),
    outputs: outputs.map(shapeOf),
  }) ?? { macs: 0, flops: 0 };
  let bytes = 0;
  // What is only seen under another shape, or asked for its shape, is not read.
  if (op.view !== 'whole' && !op.typeOnly) {
    for (const t of [...inputs, ...outputs]) if (t) bytes += elements(shapeOf(t)) * bytesOf(t.dtype);
  }
  return { node, bytes, ...work };
}

const elements = (shape: readonly number[]) => shape.reduce((n, d) => n * d, 1);
