import { attrsOf } from './attributes.ts';
import { Axis, keptOf } from './axes.ts';
import type { Resized } from './channel-context.ts';
import { type Graph, reachable } from './graph.ts';
import { type Op, opOf } from './op.ts';
import { constantOf, type Node, type Value } from './value.ts';

/** Channels that go together: without an index in one place, the graph is only right without it in all of them. */
export interface Group {
  readonly size: number;
  /** A mean, a softmax or the like is taken over it: without an index the numbers of the others change. */
  readonly measured: boolean;
  /** Where it is: dimensions of parameters, of constants and of what is computed. One of its indices may be many of a dimension's. */
  readonly places: readonly Place[];
}

export interface Place {
  readonly value: Value;
  readonly dim: number;
}

/** How the channels of a graph hang together, read from the records of its operators. */
export interface Channels {
  /** Those that may lose indices, in the order in which data reaches them. */
  readonly groups: readonly Group[];
  /** For each index of a dimension, whether it stays when the groups lose what `dropped` says. */
  kept(place: Place, dropped: Dropped): boolean[];
  /** What becomes of a node's attributes and constant inputs then. */
  resized(node: Node, dropped: Dropped): Resized;
}

/** Indices that go, for each group. */
export type Dropped = ReadonlyMap<Group, ReadonlySet<number>>;

type Resize = (size: (axis: Axis) => number) => Resized;

/** What the graph is given and gives keeps all its dimensions; everything between may lose what its operators allow. */
export function channelsOf(g: Graph): Channels {
  const { axes, changes } = walk(g);
  const groups = new Map<Axis, { size: number; measured: boolean; places: Place[] }>();
  for (const [value, own] of axes) {
    own.forEach((axis, dim) => {
      for (const leaf of new Set(axis.leaves())) {
        if (leaf.fixed || leaf.size === 1) continue;
        const group = groups.get(leaf) ?? { size: leaf.size!, measured: leaf.measured, places: [] };
        group.places.push({ value, dim });
        groups.set(leaf, group);
      }
    });
  }
  const goneIn = (dropped: Dropped) => (leaf: Axis) => dropped.get(groups.get(leaf)!);
  return {
    groups: [...groups.values()],
    kept: ({ value, dim }, dropped) => keptOf(axes.get(value)![dim]!, goneIn(dropped)),
    resized(node, dropped) {
      const size = (axis: Axis) => keptOf(axis, goneIn(dropped)).filter(Boolean).length;
      return changes.get(node)?.(size) ?? {};
    },
  };
}

/** The axes of every value, and what each node says about its attributes. */
function walk(g: Graph): { axes: Map<Value, readonly Axis[]>; changes: Map<Node, Resize> } {
  const axes = new Map<Value, readonly Axis[]>();
  const changes = new Map<Node, Resize>();
  for (const value of reachable([...g.outputs.values()])) {
    const { origin } = value;
    if (origin.kind !== 'node') axes.set(value, sourceAxes(value));
    else if (!axes.has(value)) relate(origin.node, axes, changes);
  }
  for (const value of g.outputs.values()) for (const a of axes.get(value)!) a.fix();
  return { axes, changes };
}

/** Parameters and tables of floats may lose what they like; an input, or a list of whole numbers, is what it is. */
function sourceAxes(value: Value): Axis[] {
  const free = value.origin.kind === 'param' || constantOf(value)?.dtype === 'float32';
  return value.type.shape.map((d) => new Axis(d, !free));
}

function relate(node: Node, axes: Map<Value, readonly Axis[]>, changes: Map<Node, Resize>): void {
  const op: Op = opOf(node.op);
  const made = op.channels({
    node,
    attrs: attrsOf(node),
    in: (i) => (node.inputs[i] ? axes.get(node.inputs[i])! : []),
    resized: (change) => {
      changes.set(node, change);
    },
  });
  node.outputs.forEach((y, i) => {
    axes.set(y, made[i]!);
  });
}
