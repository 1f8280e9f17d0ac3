import { budgetOf } from '../src/adapters/budget.ts';
import { learnedBy } from '../src/adapters/choose.ts';
import { type AdapterOptions, adapterOptions } from '../src/adapters/options.ts';
import type { Model } from '../src/models/model.ts';
import { createModel } from '../src/models/registry.ts';

/** Low-rank pairs beside some layers of the hybrid, with as many trained numbers as beside others. */

/** Which layers pairs go beside. */
export const targets = {
  attention: ['attention'],
  convolution: ['convolution'],
  both: ['attention', 'convolution'],
  transformer: ['attention', 'mlp'],
  all: ['attention', 'mlp', 'convolution'],
} satisfies Record<string, AdapterOptions['targets']>;
export type Way = keyof typeof targets;
export const isWay = (way: string): way is Way => way in targets;

const backbone = createModel('ascan-micro', { size: [64, 64], classes: 10 });
export const whole = learnedOf(backbone, { targets: targets.both, rank: 1 }).whole;

/** Numbers that pairs beside the layers meant have, and those of the backbone. */
function learnedOf(model: Model, options: Partial<AdapterOptions>) {
  const { layers, most } = budgetOf(model, adapterOptions({ ...options, share: 1 }));
  const numbers = (rank: (name: string) => number) =>
    layers.reduce((n, f) => n + (rank(f.layer.name) > 0 ? learnedBy(f, rank(f.layer.name)) : 0), 0);
  return { layers, numbers, whole: most };
}

/** As many numbers as pairs of this rank beside attention and convolutions have. */
export const budgetAt = (rank: number) => learnedOf(backbone, { targets: targets.both }).numbers(() => rank);

/** Ranks for as many numbers as fit into `most`: the same for all layers, and one more for the last ones; fewer where no layer can have a greater rank. */
export function ranksFor(way: Way, most: number) {
  const { layers, numbers } = learnedOf(backbone, { targets: targets[way] });
  let rank = 0;
  while (numbers(() => rank + 1) <= most && numbers(() => rank + 1) > numbers(() => rank)) rank++;
  const own: Record<string, number> = Object.fromEntries(layers.map(({ layer }) => [layer.name, rank]));
  for (const { layer } of layers.toReversed()) {
    const more = { ...own, [layer.name]: rank + 1 };
    if (numbers((name) => more[name]!) <= most) own[layer.name] = rank + 1;
  }
  const real = layers.map((f) => Math.min(own[f.layer.name]!, f.form.greatestRank(f.layer)));
  return {
    adapters: { targets: targets[way], rank: 1, ranks: own },
    learned: numbers((name) => own[name]!),
    ranks: [Math.min(...real), Math.max(...real)] as const,
  };
}
