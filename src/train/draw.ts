import { floats } from '../base/floats.ts';
import { type Random, random } from '../base/random.ts';
import { f32, sizeOf, type Tensor } from '../base/tensor.ts';
import { bindShape } from '../runtime/runtime.ts';
import type { Distribution, Draw } from '../tasks/objective.ts';

/** Numbers for one step, from (seed, kind, step, name): any step can be drawn again without those before it. */
export function drawn({ name, shape, from }: Draw, batchSize: number, seed: number, step: number): Tensor<'float32'> {
  const bound = bindShape(shape, { N: batchSize });
  const next = sampler(from, random(seed, from.kind, step, name));
  return f32(bound, floats(sizeOf(bound), next));
}

function sampler(from: Distribution, rng: Random): () => number {
  if (from.kind === 'normal') return () => rng.normal();
  if (from.kind === 'uniform') return () => rng.uniform();
  const kept = 1 / (1 - from.rate);
  return () => (rng.uniform() < from.rate ? 0 : kept);
}
