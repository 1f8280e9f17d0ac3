import { expect } from 'vitest';
import { f32, type Tensor } from '../../base/tensor.ts';
import { nameOf } from '../../graph/graph.ts';
import { classifier, type Model } from '../../models/model.ts';
import { initialValues } from '../../nn/init.ts';
import { formulaWeights } from '../../testing/formula.ts';
import { differenceBetween } from '../../testing/same-graph.ts';
import type { Adapted } from '../adapt.ts';

type Weights = Map<string, Tensor<'float32'>>;

/** The adapted network's values: the model's own as they are, what is learned as it begins, or moved away from there. */
export function valuesOf({ model, added }: Adapted, own: Weights, moved: boolean): Weights {
  const all = initialValues(classifier(model), 0);
  const learned = formulaWeights(classifier(model));
  for (const [name, t] of own) all.set(name, t);
  // Products of two factors of size 1 are as large as the weights that they are added to: smaller ones are nearer to what is learned.
  if (moved)
    for (const name of added.keys()) {
      const { shape, data } = learned.get(name)!;
      all.set(
        name,
        f32(
          shape,
          data.map((v) => v / 2),
        ),
      );
    }
  return all;
}

/** How far the merged model is from the adapted one, whose learned parts have moved. */
export async function mergeError(
  model: Model,
  adapted: Adapted,
  own: Weights = formulaWeights(classifier(model)),
): Promise<number> {
  const kept = new Map([...own].map(([name, t]) => [name, t.data.slice()]));
  const values = valuesOf(adapted, own, true);
  const merged = adapted.merge(values)!;
  // The backbone is what it was, bit for bit.
  for (const [name, data] of kept) expect(own.get(name)!.data).toEqual(data);
  const plain = classifier(merged.model);
  expect(plain.params.map((p) => nameOf(p)).sort()).toEqual([...merged.weights.keys()].sort());
  return differenceBetween([classifier(adapted.model), values], [plain, merged.weights]);
}

/** How far the network is from the model when training begins. */
export async function startError(
  model: Model,
  adapted: Adapted,
  own: Weights = formulaWeights(classifier(model)),
): Promise<number> {
  return differenceBetween([classifier(model), own], [classifier(adapted.model), valuesOf(adapted, own, false)], {
    optimize: 'none',
  });
}
