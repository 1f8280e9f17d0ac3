import { check } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { resizeTo } from '../../blocks/resize-to.ts';
import { add, div, mul, relu, tanh } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import { input, type Value } from '../../graph/value.ts';
import { conv2d, groupNorm } from '../../nn/layers.ts';
import { rootScope, type Scope } from '../../nn/scope.ts';
import type { Autoencoder } from './autoencoder.ts';

/** Groups of the normalisation in a block that looks at the whole picture. */
const GROUPS = 4;
/** Pixels on a side that become one latent. */
const CELL = 8;
/** Latents are squashed softly to ±3 before they are decoded. */
const LARGEST = 3;

/**
 * TAESD's newer form (github.com/madebyollin/taesd: TAEF2), a tiny autoencoder: stages of residual blocks of three convolutions, stride 2 on the
 * way down, nearest pixels on the way up. Parameters are named by their place in the two sequences, as the authors' files are. Pictures are
 * in 0 … 1.
 * @throws YosegiError where height and width are no multiples of 8, or the weights are of another network
 */
export function taesd(
  weights: ReadonlyMap<string, Tensor<'float32'>>,
  size: readonly [number, number],
  name = 'TAESD',
): Autoencoder {
  check(
    size.every((s) => s % CELL === 0),
    () => `${name} encodes cells: height and width must be multiples of ${CELL}, got ${size.join('×')}`,
  );
  const first = weights.get('encoder.0.weight')?.shape[0];
  const latents = weights.get('encoder.14.weight')?.shape[0];
  check(first !== undefined && latents !== undefined, () => `the weights of ${name} have no encoder.0 and encoder.14`);
  const s = rootScope();
  const image = input('image', 'float32', ['N', 3, ...size]);
  const pooled = (at: string) => [...weights.keys()].some((key) => key.startsWith(`${at}.pool.`));
  const block = (at: Scope, x: Value) => residual(at, x, first, pooled(at.path));
  const encoded = s.in('encoder', (e) => encode(e, image, { width: first, latents, block }));
  const decode = (z: Value) => s.in('decoder', (d) => decoded(d, z, { width: first, block }));
  return { name, image, encoded, decode, weights };
}

type Block = (at: Scope, x: Value) => Value;

function encode(
  s: Scope,
  x: Value,
  { width, latents, block }: { width: number; latents: number; block: Block },
): Value {
  let y = s.in(0, (at) => conv2d(at, x, width, { bias: true }));
  y = s.in(1, (at) => block(at, y));
  for (const down of [2, 6, 10]) {
    y = s.in(down, (at) => conv2d(at, y, width, { stride: 2 }));
    for (const i of [1, 2, 3]) y = s.in(down + i, (at) => block(at, y));
  }
  return s.in(14, (at) => conv2d(at, y, latents, { bias: true }));
}

function decoded(s: Scope, z: Value, { width, block }: { width: number; block: Block }): Value {
  let y = mul(tanh(div(z, LARGEST)), LARGEST);
  y = relu(s.in(1, (at) => conv2d(at, y, width, { bias: true })));
  for (const from of [3, 8, 13]) {
    for (const i of [0, 1, 2]) y = s.in(from + i, (at) => block(at, y));
    const twice = resizeTo(
      y,
      [2 * fixed(y.type.shape[2], 'the height'), 2 * fixed(y.type.shape[3], 'the width')],
      'nearest',
    );
    y = s.in(from + 4, (at) => conv2d(at, twice, width));
  }
  y = s.in(18, (at) => block(at, y));
  return s.in(19, (at) => conv2d(at, y, 3, { bias: true }));
}

/** Three convolutions beside the picture; before them, where there is a `pool`, what 1 × 1 ones say once normalised over all of it. */
function residual(s: Scope, x: Value, width: number, pooled: boolean): Value {
  const y = pooled ? s.in('pool', (p) => add(x, whole(p, x, width))) : x;
  const inner = s.in('conv', (c) => {
    const layer = (i: number, v: Value) => c.in(i, (at) => conv2d(at, v, width, { bias: true }));
    return layer(4, relu(layer(2, relu(layer(0, y)))));
  });
  return relu(add(inner, y));
}

function whole(s: Scope, x: Value, width: number): Value {
  const wide = s.in(0, (at) => conv2d(at, x, 4 * width, { kernel: 1 }));
  const even = s.in(1, (at) => groupNorm(at, wide, GROUPS));
  return s.in(3, (at) => conv2d(at, relu(even), width, { kernel: 1 }));
}
