import type { AdaptedLayer } from '../adapters/adapt.ts';
import type { Stored } from '../adapters/forms/form.ts';
import { f32, type Tensor } from '../base/tensor.ts';
import { nameOf } from '../graph/graph.ts';

type Weights = ReadonlyMap<string, Tensor<'float32'>>;
type Values = Stored['params'];

/**
 * Each adapted layer's weight with its adapter in it, times what the gradients of the adapter say of that weight's gradient: how the weight would move if
 * the adapter moved along them, to first order. Of a low-rank pair that is s·(∂B·A + B·∂A), as in LoRAPrune (Zhang et al. 2023, arXiv 2305.18403), so that nothing of
 * the frozen weights is differentiated. Layers whose adapter has no gradient are left out: a head may read less than the whole model.
 * @param weights the adapted network's, before anything is merged
 * @param gradientOf a parameter's gradient by its name
 */
export function* adapterProducts(
  layers: readonly AdaptedLayer[],
  weights: Weights,
  gradientOf: (name: string) => Float32Array | undefined,
): Generator<readonly [string, Tensor<'float32'>]> {
  for (const one of layers) {
    const values = valuesBy(one, (name) => weights.get(name)?.data);
    const gradients = valuesBy(one, gradientOf);
    const { merged } = one.form;
    if (!values || !gradients || !merged) continue;
    const { layer, rank, scale } = one;
    const name = nameOf(layer.weight)!;
    const stored = weights.get(name)!;
    const whole = (params: Values) => merged({ layer, rank, scale, weight: stored.data, params }).weight;
    // The weight is a polynomial of second degree in what is learned: the difference of two sides has its linear part alone. The step is as
    // large as what is learned, so that single precision does not lose it.
    const step = norm(values) / (norm(gradients) || 1);
    const [above, below] = [whole(moved(values, gradients, step)), whole(moved(values, gradients, -step))];
    const now = whole(values);
    yield [
      name,
      f32(
        stored.shape,
        now.map((w, i) => step && (w * (above[i]! - below[i]!)) / (2 * step)),
      ),
    ];
  }
}

/** What stands for a layer's learned parameters, by the last parts of their names; undefined where one is missing. */
function valuesBy({ params }: AdaptedLayer, of: (name: string) => Float32Array | undefined): Values | undefined {
  const entries = Object.entries(params).map(([last, p]) => [last, p.type.shape as number[], of(nameOf(p)!)] as const);
  if (entries.some(([, , data]) => !data)) return undefined;
  return Object.fromEntries(entries.map(([last, shape, data]) => [last, f32(shape, data!)]));
}

const norm = (values: Values): number =>
  Math.sqrt(Object.values(values).reduce((sum, { data }) => data.reduce((s, v) => s + v * v, sum), 0));

const moved = (values: Values, by: Values, step: number): Values =>
  Object.fromEntries(
    Object.entries(values).map(([last, { shape, data }]) => [
      last,
      f32(
        shape,
        data.map((v, i) => v + step * by[last]!.data[i]!),
      ),
    ]),
  );
