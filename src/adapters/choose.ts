import { check } from '../base/errors.ts';
import { sizeOf } from '../base/tensor.ts';
import { reachable } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import { type Model, stageOf } from '../models/model.ts';
import type { Form } from './forms/form.ts';
import { methods } from './forms/forms.ts';
import { type Layer, layersOf } from './layers.ts';
import { type Meant, namedLayers } from './named.ts';
import type { AdapterOptions } from './options.ts';

/** A layer, what is put beside it, and at which rank. */
export interface Choice {
  readonly layer: Layer;
  readonly form: Form;
  readonly rank: number;
}

/** The layers that the options mean, each with its form and rank; none for a method that puts nothing beside layers. */
export function chosen(model: Model, roots: readonly Value[], options: AdapterOptions): Choice[] {
  const formed = formedLayers(model, roots, options);
  const { ranks } = options;
  // Until the data have said which, ranks that are found are as those that are not.
  const found = options.rank === 'auto' && ranks !== undefined;
  const even = options.rank === 'auto' ? undefined : options.rank;
  const rank = found ? 0 : (even ?? greatestRank(formed, options.share * backboneSize(roots)));
  return formed.flatMap((f) => {
    const wanted = ranks?.[f.layer.name] ?? rank;
    return wanted === 0 ? [] : [{ ...f, rank: Math.min(wanted, f.form.greatestRank(f.layer)) }];
  });
}

/** A layer and what is put beside it, whatever its rank. */
export type Formed = Omit<Choice, 'rank'>;

/** The layers that the options mean, each with its form. */
export function formedLayers(model: Model, roots: readonly Value[], options: AdapterOptions): Formed[] {
  const { form, byRows } = methods[options.method];
  if (!form) return [];
  return layersMeant(model, roots, options).flatMap(({ layer, rows }) => {
    check(
      !rows || byRows,
      () =>
        `${options.method} takes layers whole, and of ${layer.name} only some rows are meant: leave out :q, :k and :v`,
    );
    const own = form(layer, options, rows);
    return own ? [{ layer, form: own }] : [];
  });
}

/** How many numbers a form learns beside a layer. */
export const learnedBy = ({ layer, form }: Formed, rank: number): number =>
  Object.values(form.parameters(layer, Math.min(rank, form.greatestRank(layer)))).reduce(
    (n, { shape }) => n + sizeOf(shape),
    0,
  );

/** The greatest rank, the same for all layers, with which no more than `most` numbers are learned; at least 1. */
function greatestRank(formed: readonly Formed[], most: number): number {
  const highest = Math.max(1, ...formed.map(({ layer, form }) => form.greatestRank(layer)));
  const learned = (rank: number) => formed.reduce((n, f) => n + learnedBy(f, rank), 0);
  let rank = 1;
  while (rank < highest && learned(rank + 1) <= most) rank++;
  return rank;
}

function layersMeant(model: Model, roots: readonly Value[], options: AdapterOptions): Meant[] {
  const below = options.above === undefined ? undefined : new Set(reachable([stageOf(model, options.above).value]));
  return namedLayers(roots, layersOf(roots), options.layers, model.name).filter(
    ({ layer }) =>
      options.targets.includes(layer.role) &&
      (options.stem || !layer.first) &&
      !layer.nodes.some((node) => below?.has(node.outputs[0]!)),
  );
}

/** How many numbers a backbone has. */
export const backboneSize = (roots: readonly Value[]): number =>
  reachable(roots).reduce((n, v) => (v.origin.kind === 'param' ? n + sizeOf(v.type.shape as number[]) : n), 0);

/** What is a backbone's: everything that heads may read. */
export const featuresOf = ({ stages, pooled }: Model): Value[] => [...stages.map((s) => s.value), pooled];
