import { reduceMean, reshape } from '../graph/build.ts';
import { sameShape } from '../graph/dim.ts';
import { reachable } from '../graph/graph.ts';
import { opOf } from '../graph/op.ts';
import type { Node, Value } from '../graph/value.ts';

/** Features that a new classifier can be put on. */
export interface Head {
  /** [N, features] */
  readonly value: Value;
  readonly features: number;
  /** What the layer itself reads: `value`, or the map or column of pixels that it is made of. */
  readonly reads: Value;
  /** The operator that reads them now, and where it is: the layer that a new head takes the place of. */
  readonly before: string;
}

/**
 * Features before the last layers of a classifier, the nearest to the logits first: what a linear layer reads, or a 1 × 1
 * convolution over pooled features (or one that is pooled afterwards).
 */
export function headsOf(logits: Value): Head[] {
  const heads: Head[] = [];
  const moving = dependents(logits);
  let at: Value | undefined = logits;
  let pooled = false;
  while (at?.origin.kind === 'node') {
    const { node }: { node: Node } = at.origin;
    const data: Value | undefined = node.inputs.find((v) => v && moving.has(v));
    const others = node.inputs.filter((v) => v && v !== data && moving.has(v));
    if (!data || others.length > 0 || (isLayer(node) && node.inputs[0] !== data)) break;
    const head = headAt(node, data);
    if (head) heads.push(head);
    if (!head && isLayer(node)) break;
    if (pools(node) && heads.length > 0) break;
    pooled ||= pools(node);
    const same = sameShape(data.type.shape, at.type.shape);
    at = pixels(data) === 1 || pools(node) || (pooled && same) ? data : undefined;
  }
  return heads.length > 0 ? heads : bottleneck(logits, moving);
}

/** Where classifiers stand side by side: the first features that all of the logits are made from. */
function bottleneck(logits: Value, moving: ReadonlySet<Value>): Head[] {
  for (const v of gatesIn(moving)) {
    const [n, features] = v.type.shape;
    const row = v !== logits && v.type.shape.length === 2 && n === logits.type.shape[0];
    if (row && typeof features === 'number') return [{ value: v, features, reads: v, before: 'several layers' }];
  }
  return [];
}

/** Values that everything which the logits know of the image goes through, in the order in which it does. */
export const gatesOf = (logits: Value): Value[] => gatesIn(dependents(logits));

function gatesIn(moving: ReadonlySet<Value>): Value[] {
  // Nothing goes around a value when nothing made before it is read after it. Sizes say nothing of the picture.
  const lastRead = new Map<Value, number>();
  for (const v of moving) {
    if (v.origin.kind !== 'node' || opOf(v.origin.node.op).typeOnly) continue;
    for (const i of v.origin.node.inputs) if (i) lastRead.set(i, v.id);
  }
  let open = 0;
  return [...moving].filter((v) => {
    const around = open > v.id;
    open = Math.max(open, lastRead.get(v) ?? 0);
    return !around && v.origin.kind === 'node' && !opOf(v.origin.node.op).typeOnly && alone(v, moving);
  });
}

/** Whether no other output of the same node goes on. */
const alone = ({ origin }: Value, moving: ReadonlySet<Value>) =>
  origin.kind === 'node' && origin.node.outputs.filter((y) => moving.has(y)).length === 1;

const pools = (node: Node) => opOf(node.op).pools === true;
const isLayer = (node: Node) => opOf(node.op).parameters?.includes('weight') === true;

/** Everything that depends on the image. */
function dependents(logits: Value): Set<Value> {
  const moving = new Set<Value>();
  for (const v of reachable([logits])) {
    const { origin } = v;
    if (origin.kind === 'input') moving.add(v);
    else if (origin.kind === 'node' && origin.node.inputs.some((i) => i && moving.has(i))) moving.add(v);
  }
  return moving;
}

/** How many positions [N, C, …] has. */
function pixels(v: Value): number | undefined {
  const rest = v.type.shape.slice(2);
  return rest.every((d) => typeof d === 'number') ? rest.reduce<number>((a, b) => a * Number(b), 1) : undefined;
}

function headAt(node: Node, data: Value): Head | undefined {
  if (!isLayer(node)) return undefined;
  const [n, features] = data.type.shape;
  if (typeof features !== 'number' || n === undefined) return undefined;
  const before = [node.op, node.scope].filter(Boolean).join(' in ');
  if (node.op !== 'Conv')
    return data.type.shape.length === 2 ? { value: data, features, reads: data, before } : undefined;
  const kernel = node.inputs[1]?.type.shape.slice(2) ?? [];
  if (data.type.shape.length !== 4 || kernel.some((k) => k !== 1)) return undefined;
  const value = pixels(data) === 1 ? reshape(data, [n, features]) : reduceMean(data, [2, 3], false);
  return { value, features, reads: data, before };
}
