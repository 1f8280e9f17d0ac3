import { fixed } from '../graph/dim.ts';
import type { Value } from '../graph/value.ts';
import { uniformFanIn } from '../nn/init.ts';
import { type Activation, activations, batchNorm, type ConvLayerOptions, conv2d } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';

/**
 * Convolution with bias whose first values are PyTorch's own, uniform within 1/√fan-in for weight and bias: what a timm model
 * keeps that initialises only its linear maps.
 */
export function torchConv(s: Scope, x: Value, channels: number, options: Omit<ConvLayerOptions, 'bias' | 'init'> = {}) {
  const { kernel = 3, group = 1 } = options;
  const init = uniformFanIn([channels, fixed(x.type.shape[1], 'the number of channels') / group, kernel, kernel]);
  // Named here before conv2d asks for it, which would begin it at zero.
  s.param('bias', [channels], init);
  return conv2d(s, x, channels, { ...options, bias: true, init });
}

export interface ConvNormOptions extends Omit<ConvLayerOptions, 'bias' | 'init'> {
  /** After the normalisation; default none. */
  readonly act?: Activation;
}

/** Convolution, batch normalisation and an activation; parameters `conv` and `bn` (timm's ConvNorm and ConvNormAct). */
export function convNorm(s: Scope, x: Value, channels: number, options: ConvNormOptions = {}): Value {
  const { act = 'identity', ...geometry } = options;
  const y = s.in('conv', (c) => torchConv(c, x, channels, geometry));
  return activations[act](s.in('bn', (b) => batchNorm(b, y)));
}
