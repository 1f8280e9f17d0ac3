import type { Model } from '../models/model.ts';
import { backboneSize, type Formed, featuresOf, formedLayers, learnedBy } from './choose.ts';
import type { AdapterOptions } from './options.ts';

/** What pairs may cost, and beside which layers. */
export interface Budget {
  readonly layers: readonly Formed[];
  /** Numbers that may be learned. */
  readonly most: number;
}

/** The layers that the options mean, and how many numbers their share of the backbone is. */
export function budgetOf(model: Model, options: AdapterOptions): Budget {
  const roots = featuresOf(model);
  return { layers: formedLayers(model, roots, options), most: options.share * backboneSize(roots) };
}

/** What the pairs of one layer cost and capture. */
export interface Worth {
  readonly name: string;
  /** Numbers that one more rank costs. */
  readonly cost: number;
  /** What the first, the second … rank adds; falling. */
  readonly gains: readonly number[];
}

/** What a layer's pair costs, and what it gains by its ranks when the singular values of its weight's gradient are these. */
export function worthOf(formed: Formed, values: readonly (readonly number[])[], each: number): Worth {
  const ranks = Math.floor(Math.min(...values.map((v) => v.length)) / each);
  const gains = Array.from({ length: ranks }, (_, i) =>
    values.reduce((sum, v) => sum + v.slice(i * each, (i + 1) * each).reduce((s, x) => s + x * x, 0), 0),
  );
  return { name: formed.layer.name, cost: learnedBy(formed, 1), gains };
}

/**
 * A rank for each layer such that together they gain as much as `most` numbers can: the ranks that gain most for what they cost come first. As the
 * gains of a layer fall and its ranks cost the same, this is the best there is but for what is left over at the end. Layers that get none are left out.
 */
export function ranksWithin(worths: readonly Worth[], most: number): Record<string, number> {
  const steps = worths
    .flatMap(({ name, cost, gains }) => gains.map((gain) => ({ name, cost, ratio: gain / cost })))
    .filter(({ ratio }) => ratio > 0)
    .sort((a, b) => b.ratio - a.ratio);
  const ranks: Record<string, number> = {};
  const full = new Set<string>();
  let left = most;
  for (const { name, cost } of steps) {
    if (full.has(name)) continue;
    if (cost > left) {
      full.add(name);
      continue;
    }
    ranks[name] = (ranks[name] ?? 0) + 1;
    left -= cost;
  }
  return ranks;
}
