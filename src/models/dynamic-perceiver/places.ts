import { check, YosegiError } from '../../base/errors.ts';
import { fixed } from '../../graph/dim.ts';
import { graph, reachable } from '../../graph/graph.ts';
import { opOf } from '../../graph/op.ts';
import type { Node, Value } from '../../graph/value.ts';
import type { Model } from '../model.ts';

/** Where the branch meets the trunk: the map that a block reads, by the block's name, or the map itself. */
export type Place = string | Value;

/** One meeting: the map the latents read, and what stands in the trunk for it to be written to. */
export interface Meeting {
  /** [N, C, H, W] */
  readonly map: Value;
  /** What the trunk goes on with: the map itself, or the tokens [N, T, C] that the map is a view of. */
  readonly path: Value;
}

export interface Meetings {
  /** Before each of the four stages. The first is only read. */
  readonly before: readonly Meeting[];
  /** The trunk's last map. */
  readonly end: Value;
}

/**
 * Finds the meetings in a built model. Without `places` these are the stem's output and the maps of the first three of four stages; with
 * them, the maps that four named blocks read. The end is always the last stage's map.
 */
export function findMeetings(model: Model, places?: readonly Place[]): Meetings {
  const end = model.stages.at(-1)?.value;
  const roots = [model.logits, ...model.stages.map((s) => s.value)];
  check(end, `${model.name} names no stages, so the branch finds no last feature map`);
  const chosen = places ?? defaultPlaces(model);
  check(
    chosen.length === 4,
    `the branch meets the trunk before four stages, so four places are needed, e.g. ['layer1.0', 'layer2.0', 'layer3.0', 'layer4.0']; got ${chosen.length}`,
  );
  const onPath = new Set(reachable([model.logits]));
  const before = chosen.map((place, i): Meeting => {
    const value = typeof place === 'string' ? entering(roots, place, model.name) : place;
    if (i === 0) return { map: gridBefore(value, model), path: value };
    checkMap(value, model);
    return { map: value, path: pathOf(value, onPath, model) };
  });
  return { before, end };
}

function defaultPlaces(model: Model): Place[] {
  const count = model.stages.length;
  // Five are those of a user who named the stem's end as well.
  if (count === 5) return model.stages.slice(0, 4).map((s) => s.value);
  check(
    count === 4,
    `the branch has four stages and ${model.name} names ${count}: say with 'places' which four blocks it meets the trunk before` +
      `${model.family === 'imported' ? ', or import it with the ends of its stem and of four stages named (--stages)' : ''}`,
  );
  const { nodes } = graph({ logits: model.logits });
  const first = nodes.map((n) => model.blocks.exec(n.scope)?.[0]).find((name) => name !== undefined);
  check(first, `${model.name} has no block to meet before: say with 'places' where the branch reads`);
  return [first, ...model.stages.slice(0, 3).map((s) => s.value)];
}

/** The one computed value that the nodes of a scope read from outside. */
function entering(roots: readonly Value[], scope: string, model: string): Value {
  const inside = (node: Node) => node.scope === scope || node.scope.startsWith(`${scope}.`);
  const { nodes } = graph(new Map(roots.map((v, i) => [String(i), v])));
  const found = new Set<Value>();
  for (const node of nodes.filter(inside)) {
    for (const v of node.inputs) if (v?.origin.kind === 'node' && !inside(v.origin.node)) found.add(v);
  }
  const [value, ...more] = found;
  if (value && more.length === 0) return value;
  const scopes = [...new Set(nodes.map((n) => n.scope).filter((s) => s !== ''))];
  throw new YosegiError(
    value
      ? `'${scope}' in ${model} reads ${found.size} values from outside; name a block that reads one`
      : `${model} has nothing named '${scope}'; its parts are ${scopes.slice(0, 12).join(', ')}, …`,
  );
}

function checkMap({ type: { shape } }: Value, model: Model): void {
  check(
    shape.length === 4 && shape.slice(1).every((d) => typeof d === 'number'),
    `the branch reads feature maps [N, C, H, W] of known size, in ${model.name} it was given [${shape}]`,
  );
}

/** The nearest feature map that a value comes from, itself included: tokens may be out of order already when blocks begin. */
function gridBefore(value: Value, model: Model): Value {
  const map = reachable([value]).findLast((v) => v.origin.kind === 'node' && isGrid(v));
  check(map, `no feature map leads to the first place in ${model.name}`);
  return map;
}

const isGrid = (v: Value) => v.type.shape.length === 4 && v.type.shape.slice(1).every((d) => typeof d === 'number');

/** What the trunk goes on with, where the map is only a view of it. */
function pathOf(map: Value, onPath: ReadonlySet<Value>, model: Model): Value {
  const channels = fixed(map.type.shape[1], 'the number of channels');
  let v: Value | undefined = map;
  while (v && !onPath.has(v))
    // A view puts elements in another order, or leaves some out: latents are written to what comes before it.
    v = v.origin.kind === 'node' && opOf(v.origin.node.op).view ? v.origin.node.inputs[0] : undefined;
  const shape = v?.type.shape;
  check(
    v && (shape?.length === 4 ? shape[1] === channels : shape?.length === 3 && shape[2] === channels),
    `the branch cannot write to the map [${map.type.shape}] of ${model.name}: what follows does not read it; switch 'z2x' off or name other places`,
  );
  return v;
}
