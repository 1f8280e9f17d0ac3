import { type Random, random } from '../base/random.ts';
import { f32, sizeOf, type Tensor } from '../base/tensor.ts';
import { type Graph, nameOf } from '../graph/graph.ts';
import type { Init, Value } from '../graph/value.ts';

export const zeros: Init = { kind: 'constant', value: 0 };
export const ones: Init = { kind: 'constant', value: 1 };
/** Normal with std 0.02, cut at ±2 (in units of the value, as timm's `trunc_normal_` does). */
export const truncated: Init = { kind: 'truncated-normal', std: 0.02 };
/** He et al. 2015, fan out: what timm gives convolutions. `shape` = [O, I/group, …kernel]. */
export const fanOut = (shape: readonly number[], group = 1): Init => ({
  kind: 'normal',
  std: Math.sqrt((2 * group) / (shape[0]! * sizeOf(shape.slice(2)))),
});

/** PyTorch's own first values of a convolution: uniform within 1/√fan-in, weight and bias. `weight` = [O, I/group, …kernel]. */
export const uniformFanIn = (weight: readonly number[]): Init => ({
  kind: 'uniform',
  bound: 1 / Math.sqrt(sizeOf(weight.slice(1))),
});

/** Glorot & Bengio 2010, uniform, for a linear map [out, in, …] (PyTorch's `xavier_uniform_`). */
export const glorot = (weight: readonly number[]): Init => ({
  kind: 'uniform',
  bound: Math.sqrt(6 / (weight[0]! + sizeOf(weight.slice(1)))),
});

function drawer(init: Init, rng: Random): () => number {
  switch (init.kind) {
    case 'constant':
      return () => init.value;
    case 'normal':
      return () => init.std * rng.normal();
    case 'truncated-normal':
      return () => {
        for (;;) {
          const x = init.std * rng.normal();
          if (Math.abs(x) <= 2) return x;
        }
      };
    case 'uniform':
      return () => init.bound * (2 * rng.uniform() - 1);
  }
}

/** First values for one parameter; they depend on the seed and the parameter's name only. */
export function initialValue(p: Value, seed: number): Tensor<'float32'> {
  if (p.origin.kind !== 'param') throw new TypeError('not a parameter');
  const shape = p.type.shape as readonly number[];
  const next = drawer(p.origin.init, random(seed, 'init', p.origin.name));
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = next();
  return f32(shape, data);
}

/** First values for all parameters of a graph; those that are known already are not drawn. */
export function initialValues(
  g: Graph,
  seed: number,
  known: ReadonlyMap<string, Tensor<'float32'>> = new Map(),
): Map<string, Tensor<'float32'>> {
  return new Map(g.params.map((p) => [nameOf(p)!, known.get(nameOf(p)!) ?? initialValue(p, seed)]));
}
