import { nearest, YosegiError } from '../base/errors.ts';
import { type Graph, graph, nameOf, roleOf } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import { exitsGraph, type Model } from '../models/model.ts';

/**
 * Names of the parameters that stay as they are. Each item of `what` is `backbone` (everything that the classifier reads), the
 * name of a stage (it and everything before it), or a pattern of parameter names in which `*` stands for any text.
 * @throws YosegiError where an item means nothing in this model, or where nothing would be left to train
 */
export function frozenParameters(model: Model, what: readonly string[]): ReadonlySet<string> {
  const all = graphParameters(exitsGraph(model));
  const frozen = new Set<string>();
  for (const item of what) for (const name of matched(model, item, all)) frozen.add(name);
  if (all.length > 0 && frozen.size === all.length) {
    throw new YosegiError(`freezing ${what.join(', ')} leaves nothing to train in ${model.name}`);
  }
  return frozen;
}

function matched(model: Model, item: string, all: readonly string[]): readonly string[] {
  // A branch beside the backbone is not frozen with it.
  const { pooled, stages } = model.backbone ?? model;
  if (item === 'backbone') return trainableBelow(pooled);
  const stage = stages.find((s) => s.name === item);
  if (stage) return trainableBelow(stage.value);
  const pattern = new RegExp(`^${item.split('*').map(escaped).join('.*')}$`);
  const names = all.filter((name) => pattern.test(name));
  if (names.length > 0) return names;
  const known = ['backbone', ...model.stages.map((s) => s.name)];
  const hint = nearest(item, [...known, ...all]);
  throw new YosegiError(
    `nothing in ${model.name} is called '${item}'${hint === undefined ? '.' : `; did you mean '${hint}'?`} ` +
      `Possible are ${known.join(', ')}, and parameter names with *, e.g. '${all[0]}'`,
  );
}

/** Trainable parameters that a value depends on. */
export const trainableBelow = (value: Value): string[] => graphParameters(graph({ value }));

const graphParameters = (g: Graph) => g.params.flatMap((p) => (roleOf(p) === 'trainable' ? [nameOf(p)!] : []));

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
