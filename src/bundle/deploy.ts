import { check } from '../base/errors.ts';
import { f32, type Tensor } from '../base/tensor.ts';
import type { Preprocessing } from '../data/preprocess.ts';
import { add, cast, mul, transpose } from '../graph/build.ts';
import { type Graph, graph, nameOf } from '../graph/graph.ts';
import { rewrite } from '../graph/rewrite.ts';
import { folded, tidied } from '../graph/shipped.ts';
import { constant, input, type Value } from '../graph/value.ts';
import type { Model } from '../models/model.ts';

export interface DeployOptions {
  /** Puts the step from bytes [N, H, W, 3] to normalised planes into the graph. */
  readonly embed?: Preprocessing;
}

export interface Deployable {
  readonly graph: Graph;
  /** Values for the graph's parameters. */
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** The graph that is shipped, of a model and a task's outputs on it: batch normalisations folded, constants computed, input and output as asked. */
export function deployGraph(
  model: Model,
  outputs: Readonly<Record<string, Value>>,
  weights: ReadonlyMap<string, Tensor>,
  options: DeployOptions = {},
): Deployable {
  const { embed } = options;
  const computed = folded(graph(outputs, model.name), weights);
  const entered = embed
    ? rewrite(computed.graph, { leaf: (v) => (v === model.image ? normalised(model, embed) : undefined) })
    : computed.graph;
  return { graph: tidied(entered), constants: computed.weights };
}

/** Bytes [N, H, W, 3] in 0 … 255 → (bytes / 255 − mean) / std as [N, 3, H, W]. */
export function normalised(model: Model, { mean, std }: Preprocessing): Value {
  check(
    model.channels === mean.length,
    () => `the preprocessing has ${mean.length} channels, the model ${model.channels}: it cannot be embedded`,
  );
  const bytes = input(nameOf(model.image)!, 'uint8', [model.image.type.shape[0]!, ...model.size, model.channels]);
  const planes = transpose(cast(bytes, 'float32'), [0, 3, 1, 2]);
  const perChannel = (value: (c: number) => number) =>
    constant(
      f32(
        [1, model.channels, 1, 1],
        Array.from({ length: model.channels }, (_, c) => value(c)),
      ),
    );
  const scaled = mul(
    planes,
    perChannel((c) => 1 / (255 * std[c]!)),
  );
  return add(
    scaled,
    perChannel((c) => -mean[c]! / std[c]!),
  );
}
