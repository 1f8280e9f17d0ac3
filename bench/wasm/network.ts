import { f32, type Tensor } from '../../src/base/tensor.ts';
import { relu } from '../../src/graph/build.ts';
import { input, type Value } from '../../src/graph/value.ts';
import { conv2d, globalAveragePool, linear } from '../../src/nn/layers.ts';
import { rootScope } from '../../src/nn/scope.ts';

/** Pixels of a side of the pictures. */
export const SIZE = 64;
export const CLASSES = 7;
/** Learning rate of plain gradient descent: every side has that, so that the losses of the first steps can be compared. */
export const RATE = 0.05;

/** Channels and stride of the convolutions, 3×3 with a border of one pixel and a bias, each followed by ReLU. tfjs-page.js and jax-page.js have the same. */
const convolutions = [
  [16, 1],
  [32, 2],
  [64, 2],
  [64, 2],
] as const;

/** A network that every side can say exactly: convolutions, the mean over the pixels, a linear layer; parameters `0.weight`, `0.bias`, …, `head.weight`, `head.bias`. */
/** Logits that differ from the start, so that the first steps say something. */
const init = { kind: 'uniform', bound: 1 } as const;

export function plainNetwork(): { readonly image: Value; readonly logits: Value } {
  const image = input('image', 'float32', ['N', 3, SIZE, SIZE]);
  const s = rootScope();
  let x = image;
  convolutions.forEach(([channels, stride], i) => {
    x = relu(s.in(i, (c) => conv2d(c, x, channels, { stride, bias: true })));
  });
  return { image, logits: s.in('head', (c) => linear(c, globalAveragePool(x), CLASSES, { init })) };
}

/** What every side is given. */
export interface Given {
  /** [N, 3, SIZE, SIZE]. */
  readonly image: Tensor<'float32'>;
  /** Classes of the pictures. */
  readonly labels: readonly number[];
  /** First values of the network's parameters. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
}

/** The same in words that pass to a page: names and shapes of tensors whose numbers lie in one row. */
export interface Sent {
  /** Where the numbers are. */
  readonly path: string;
  readonly labels: readonly number[];
  readonly tensors: readonly (readonly [name: string, shape: readonly number[]])[];
  readonly rate: number;
}

/** Under `path` the page finds the numbers. */
export function sent(
  { image, labels, weights }: Given,
  path: string,
): { readonly words: Sent; readonly numbers: Float32Array } {
  const all = [['image', image] as const, ...weights];
  const numbers = new Float32Array(all.reduce((n, [, t]) => n + t.data.length, 0));
  let at = 0;
  for (const [, t] of all) {
    numbers.set(t.data, at);
    at += t.data.length;
  }
  const tensors = all.map(([name, t]) => [name, t.shape] as const);
  return { words: { path, labels, tensors, rate: RATE }, numbers };
}

export function received({ labels, tensors }: Sent, numbers: Float32Array): Given {
  let at = 0;
  const weights = new Map<string, Tensor<'float32'>>();
  for (const [name, shape] of tensors) {
    const size = shape.reduce((a, b) => a * b, 1);
    weights.set(name, f32([...shape], numbers.slice(at, at + size)));
    at += size;
  }
  const image = weights.get('image')!;
  weights.delete('image');
  return { image, labels, weights };
}
