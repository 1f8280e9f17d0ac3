import { graph, nameOf, reachable } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import type { Network } from '../models/network.ts';

/** Names of the head's parameters: the outputs depend on them, what the head reads of the model does not. */
export function headNames({ outputs, reads }: Network): Set<string> {
  const below = new Set(reachable(reads));
  return new Set(paramNames(reachable(Object.values(outputs)).filter((v) => !below.has(v))));
}

/** Names of the convolution weights that meet the image first, with nothing learned between it and them. */
export function firstConvolutions({ outputs }: Network): Set<string> {
  const learned = new Set<Value>();
  const first: Value[] = [];
  for (const v of reachable(Object.values(outputs))) {
    const { origin } = v;
    if (origin.kind === 'param') learned.add(v);
    if (origin.kind !== 'node') continue;
    const { op, inputs } = origin.node;
    const [data, weight] = inputs;
    if (op === 'Conv' && data && weight && !learned.has(data)) first.push(weight);
    if (inputs.some((i) => i && learned.has(i))) learned.add(v);
  }
  return new Set(paramNames(first));
}

/**
 * The named parameters with all others of their layers and of those that read what these layers give: trained values mean nothing
 * behind a layer that starts anew. A layer's parameters share their name but for its last part.
 */
export function withWhatFollows({ outputs }: Network, names: readonly string[]): string[] {
  const layers = new Set(names.map(layerOf));
  const found = new Set<string>();
  const behind = new Set<Value>();
  for (const { inputs, outputs: given } of graph(outputs).nodes) {
    const own = paramNames(inputs.filter((i) => i !== undefined));
    if (!inputs.some((i) => i && behind.has(i)) && !own.some((name) => layers.has(layerOf(name)))) continue;
    for (const name of own) found.add(name);
    for (const v of given) behind.add(v);
  }
  return [...found];
}

/** The layer that a parameter is of, by its name. */
export const layerOf = (name: string) => name.replace(/\.[^.]*$/, '');

const paramNames = (values: readonly Value[]) => values.flatMap((v) => (v.origin.kind === 'param' ? [nameOf(v)!] : []));
