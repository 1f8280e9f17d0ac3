import { nearest, YosegiError } from '../base/errors.ts';
import { starPattern } from '../base/text/star-pattern.ts';
import { type Graph, graph, nameOf, roleOf } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import type { Network } from '../tasks/task.ts';

/**
 * Names of the parameters that stay as they are. Each item of `what` is `backbone` (everything that the head reads), the
 * name of a stage (it and everything before it), or a pattern of parameter names in which `*` stands for any text. The backbone of an
 * adapted model is frozen whatever `what` says, but for what it learns.
 * @throws YosegiError where an item means nothing in this model, or where nothing would be left to train
 */
export function frozenParameters(network: Network, what: readonly string[]): ReadonlySet<string> {
  const { model } = network;
  const all = graphParameters(graph(network.outputs));
  // A head may read less than the whole model: a later stage is no part of what is trained.
  const own = new Set(all);
  const { adapted } = model;
  const below = adapted ? trainableBelow(...network.reads).filter((name) => !adapted.trained.has(name)) : [];
  const frozen = new Set(
    [...below, ...what.flatMap((item) => matched(network, item, all))].filter((name) => own.has(name)),
  );
  if (all.length > 0 && frozen.size === all.length) {
    throw new YosegiError(`freezing ${what.join(', ')} leaves nothing to train in ${model.name}`);
  }
  return frozen;
}

function matched({ model, reads }: Network, item: string, all: readonly string[]): readonly string[] {
  // A branch beside the backbone is not frozen with it.
  const { stages } = model.backbone ?? model;
  if (item === 'backbone') return trainableBelow(...reads);
  const stage = stages.find((s) => s.name === item);
  if (stage) return trainableBelow(stage.value);
  const pattern = starPattern(item);
  const names = all.filter((name) => pattern.test(name));
  if (names.length > 0) return names;
  const known = ['backbone', ...model.stages.map((s) => s.name)];
  const hint = nearest(item, [...known, ...all]);
  throw new YosegiError(
    `nothing in ${model.name} is called '${item}'${hint === undefined ? '.' : `; did you mean '${hint}'?`} ` +
      `Possible are ${known.join(', ')}, and parameter names with *, e.g. '${all[0]}'`,
  );
}

/** Trainable parameters that values depend on. */
export const trainableBelow = (...values: readonly Value[]): string[] =>
  graphParameters(graph(Object.fromEntries(values.map((v, i) => [String(i), v]))));

const graphParameters = (g: Graph) => g.params.flatMap((p) => (roleOf(p) === 'trainable' ? [nameOf(p)!] : []));
