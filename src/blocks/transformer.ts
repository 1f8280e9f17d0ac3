import { add } from '../graph/build.ts';
import { fixed } from '../graph/dim.ts';
import type { Value } from '../graph/value.ts';
import { type Activation, activations, dropout, layerNorm, layerScale, linear } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';
import type { TokenMixer } from './mixer.ts';

export interface TransformerOptions {
  /** Called in the scope `mixerName` with the normalised tokens; it must keep their shape. */
  readonly mixer: TokenMixer;
  /** Default `attn`. */
  readonly mixerName?: string;
  readonly mlpRatio?: number;
  readonly act?: Activation;
  /** Of the layer normalisations; default 1e-6. */
  readonly epsilon?: number;
  /** First value of LayerScale after the mixer and the MLP; none without it. */
  readonly layerScale?: number;
  readonly dropPath?: number;
}

/** Pre-norm transformer block over tokens [N, T, C]: a token mixer, then a two-layer MLP, both with residuals (timm's names). */
export function transformerBlock(s: Scope, x: Value, options: TransformerOptions): Value {
  const { mixer, mixerName = 'attn', mlpRatio = 4, act = 'gelu', dropPath = 0, epsilon } = options;
  const norm = (name: string, v: Value) => s.in(name, (c) => layerNorm(c, v, epsilon === undefined ? {} : { epsilon }));
  const scaled = (name: string, v: Value) => {
    const initial = options.layerScale;
    return initial === undefined ? v : s.in(name, (c) => layerScale(c, v, initial));
  };
  const normed = norm('norm1', x);
  const mixed = scaled(
    'ls1',
    s.in(mixerName, (c) => mixer(c, normed)),
  );
  const middle = add(x, dropout(mixed, dropPath, 'path'));
  const second = norm('norm2', middle);
  const thought = scaled(
    'ls2',
    s.in('mlp', (c) => mlp(c, second, mlpRatio, act)),
  );
  return add(middle, dropout(thought, dropPath, 'path'));
}

/** Two linear layers with an activation between; parameters fc1, fc2. */
export function mlp(s: Scope, x: Value, ratio: number, act: Activation): Value {
  const channels = fixed(x.type.shape.at(-1), 'the number of features');
  const hidden = activations[act](s.in('fc1', (c) => linear(c, x, Math.round(ratio * channels))));
  return s.in('fc2', (c) => linear(c, hidden, channels));
}
