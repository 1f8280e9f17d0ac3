import { random } from '../../base/random.ts';
import { f32, type Tensor } from '../../base/tensor.ts';
import { nameOf, roleOf } from '../../graph/graph.ts';
import { exitsGraph, type Model } from '../../models/model.ts';
import { initialValue } from '../../nn/init.ts';

/** For tests: random weights for all exits of a model, statistics that matter, and logits that differ from image to image. */
export function exitWeights(model: Model, seed = 1): Map<string, Tensor<'float32'>> {
  return new Map(
    exitsGraph(model).params.map((p) => {
      const name = nameOf(p)!;
      const shape = p.type.shape as number[];
      const rng = random(seed, name);
      if (shape.length > 1) {
        const t = initialValue(p, seed);
        // Heads start near zero: all images would look alike.
        return [
          name,
          /head|classifier/.test(name)
            ? f32(
                shape,
                t.data.map(() => 0.5 * rng.normal()),
              )
            : t,
        ];
      }
      const base = roleOf(p) === 'statistic' || name.endsWith('.weight') ? 1 : 0;
      return [
        name,
        f32(
          shape,
          Array.from({ length: shape[0]! }, () => base + 0.5 * (rng.uniform() - 0.5)),
        ),
      ];
    }),
  );
}
