import { add, div, gelu, maximum, mul, reduceMean, reduceSum, reshape, sqrt, transpose } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import type { Value } from '../../graph/value.ts';
import { truncated, zeros } from '../../nn/init.ts';
import { conv2d, dropout, layerNorm, layerScale, linear } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';

/** The channels of [N, C, H, W] last, and back. */
const toLast = (x: Value) => transpose(x, [0, 2, 3, 1]);
const toFirst = (x: Value) => transpose(x, [0, 3, 1, 2]);

export interface ConvNextBlockOptions {
  readonly kernel: number;
  readonly mlp: 'conv' | 'linear';
  readonly grn: boolean;
  /** First value of LayerScale, where there is no response normalisation. */
  readonly layerScale: number;
  readonly dropPath: number;
}

/**
 * ConvNeXt block (Liu et al. 2022, arXiv 2201.03545 §2; with `grn` that of V2, Woo et al. 2023, arXiv 2301.00808): depthwise
 * convolution, normalisation, MLP of four times the width. [N, C, H, W] → the same. Parameters conv_dw, norm, mlp and gamma.
 */
export function convNextBlock(s: Scope, x: Value, options: ConvNextBlockOptions): Value {
  const { kernel, mlp: form, grn, dropPath } = options;
  const channels = fixed(x.type.shape[1], 'the number of channels');
  const near = s.in('conv_dw', (c) => conv2d(c, x, channels, { kernel, group: channels, bias: true, init: truncated }));
  const normed = s.in('norm', (n) => layerNorm(n, toLast(near)));
  const last = form === 'linear';
  const y = s.in('mlp', (m) => mlp(m, last ? normed : toFirst(normed), channels, form, grn));
  const scaled = grn ? y : layerScale(s, y, options.layerScale, last ? 'tokens' : 'grid');
  return add(x, dropout(last ? toFirst(scaled) : scaled, dropPath, 'path'));
}

/** Over [N, H, W, C] as `linear` and over [N, C, H, W] as `conv`. */
function mlp(s: Scope, x: Value, channels: number, form: 'conv' | 'linear', grn: boolean): Value {
  const layer = (name: string, v: Value, features: number) =>
    s.in(name, (l) =>
      form === 'conv' ? conv2d(l, v, features, { kernel: 1, bias: true, init: truncated }) : linear(l, v, features),
    );
  const hidden = gelu(layer('fc1', x, 4 * channels));
  const steady = grn ? s.in('grn', (g) => responseNorm(g, hidden, form === 'conv' ? 1 : 3)) : hidden;
  return layer('fc2', steady, channels);
}

/**
 * Global response normalisation (Woo et al. 2023 §3.2): each channel times its share of the picture's energy, with a residual.
 * Begins as the identity. `axis` is that of the channels.
 */
function responseNorm(s: Scope, x: Value, axis: 1 | 3): Value {
  const c = fixed(x.type.shape[axis], 'the number of channels');
  const along = axis === 1 ? [c, 1, 1] : [c];
  const weight = reshape(s.param('weight', [c], zeros), along);
  const bias = reshape(s.param('bias', [c], zeros), along);
  // The smallest energy keeps the root's slope finite where a channel is all zero.
  const energy = sqrt(maximum(reduceSum(mul(x, x), axis === 1 ? [2, 3] : [1, 2]), 1e-24));
  const share = div(energy, add(reduceMean(energy, [axis]), 1e-6));
  return add(x, add(mul(weight, mul(x, share)), bias));
}
