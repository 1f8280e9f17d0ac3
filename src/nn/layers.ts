import { check } from '../base/errors.ts';
import { f32 } from '../base/tensor.ts';
import {
  type ConvOptions,
  clip,
  conv,
  gelu,
  hardSigmoid,
  hardSwish,
  mul,
  reduceMean,
  relu,
  reshape,
  sigmoid,
  silu,
  tanh,
  transpose,
} from '../graph/build.ts';
import { fixed, productOf } from '../graph/dim.ts';
import { apply, apply1 } from '../graph/op.ts';
import { constant, type Init, type Value } from '../graph/value.ts';
import { fanOut, ones, truncated, zeros } from './init.ts';
import type { Scope } from './scope.ts';

/** Layers: plain functions of a scope and a value. Parameter names and defaults are PyTorch's and timm's. */

/** Activation functions by timm's names. */
export const activations = {
  relu,
  gelu: (x: Value) => gelu(x),
  gelu_tanh: (x: Value) => gelu(x, 'tanh'),
  silu,
  hard_swish: hardSwish,
  hard_sigmoid: hardSigmoid,
  sigmoid,
  tanh,
  relu6: (x: Value) => clip(x, 0, 6),
  /** The sigmoid approximation of GELU (CLIP, CvT, MRL). */
  quick_gelu: (x: Value) => mul(x, sigmoid(mul(x, 1.702))),
  identity: (x: Value) => x,
} as const;

export type Activation = keyof typeof activations;
export const activationNames = Object.keys(activations) as Activation[];

export interface ConvLayerOptions {
  readonly kernel?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly group?: number;
  readonly bias?: boolean;
  /** Symmetric padding; default: what keeps the size at stride 1. */
  readonly padding?: number;
  readonly init?: Init;
}

/** Convolution of [N, C, H, W] to `channels`; parameters `weight` [O, C/group, k, k] and `bias`. */
export function conv2d(s: Scope, x: Value, channels: number, options: ConvLayerOptions = {}): Value {
  const { kernel = 3, stride = 1, dilation = 1, group = 1, bias = false } = options;
  const padding = options.padding ?? Math.floor((dilation * (kernel - 1)) / 2);
  const shape = [channels, fixed(x.type.shape[1], 'the number of channels') / group, kernel, kernel];
  const weight = s.param('weight', shape, options.init ?? fanOut(shape, group));
  const geometry: ConvOptions = {
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    dilations: [dilation, dilation],
    group,
  };
  return conv(x, weight, bias ? s.param('bias', [channels], zeros) : undefined, geometry);
}

/** Linear map of the last dimension to `features`; parameters `weight` [out, in] and `bias` [out]. */
export function linear(s: Scope, x: Value, features: number, options: { bias?: boolean; init?: Init } = {}): Value {
  const { bias = true, init = truncated } = options;
  const { shape } = x.type;
  const inputs = fixed(shape.at(-1), 'the number of features');
  const weight = s.param('weight', [features, inputs], init);
  const b = bias ? s.param('bias', [features], zeros) : undefined;
  // One product for all rows, with the transposed weight read in place.
  const rows = shape.length === 2 ? x : reshape(x, [productOf(shape.slice(0, -1)), inputs]);
  const y = apply1('Gemm', [rows, weight, b], { transB: 1 });
  return shape.length === 2 ? y : reshape(y, [...shape.slice(0, -1), features]);
}

/** Batch normalisation over the channels of [N, C, …]; in the model graph it uses the running statistics (see train/mode). */
export function batchNorm(s: Scope, x: Value, options: { epsilon?: number; scale?: Init } = {}): Value {
  const c = [fixed(x.type.shape[1], 'the number of channels')];
  const inputs = [
    x,
    s.param('weight', c, options.scale ?? ones),
    s.param('bias', c, zeros),
    s.param('running_mean', c, zeros, 'statistic'),
    s.param('running_var', c, ones, 'statistic'),
  ];
  return apply('BatchNormalization', inputs, { epsilon: options.epsilon ?? 1e-5 })[0]!;
}

/** Group normalisation over the channels of [N, C, H, W] and their pixels; as many of `groups` as divide the channels. */
export function groupNorm(
  s: Scope,
  x: Value,
  groups: number,
  options: { readonly epsilon?: number; readonly affine?: boolean } = {},
): Value {
  const c = fixed(x.type.shape[1], 'the number of channels');
  const own = options.affine ?? true;
  const scale = own ? s.param('weight', [c], ones) : constant(f32([c], new Float32Array(c).fill(1)));
  const bias = own ? s.param('bias', [c], zeros) : constant(f32([c]));
  const attributes = { num_groups: divisor(c, groups), epsilon: options.epsilon ?? 1e-5 };
  return apply1('GroupNormalization', [x, scale, bias], attributes);
}

/** The greatest common divisor. */
const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** Layer normalisation of the last dimension. */
export function layerNorm(s: Scope, x: Value, options: { epsilon?: number } = {}): Value {
  const c = [fixed(x.type.shape.at(-1), 'the number of features')];
  const inputs = [x, s.param('weight', c, ones), s.param('bias', c, zeros)];
  return apply('LayerNormalization', inputs, { axis: -1, epsilon: options.epsilon ?? 1e-6 })[0]!;
}

/** The last dimension over the root of its mean square, times a learned `weight` (RMSNorm, Zhang & Sennrich 2019). */
export function rmsNorm(s: Scope, x: Value, options: { epsilon?: number } = {}): Value {
  const weight = s.param('weight', [fixed(x.type.shape.at(-1), 'the number of features')], ones);
  return apply1('RMSNormalization', [x, weight], { axis: -1, epsilon: options.epsilon ?? 1e-6 });
}

/** Layer normalisation over the channels of each pixel: [N, C, H, W]. */
export const gridNorm = (s: Scope, x: Value) => transpose(layerNorm(s, transpose(x, [0, 2, 3, 1])), [0, 3, 1, 2]);

/**
 * LayerScale (Touvron et al. 2021): a learned factor for each channel, of tokens [N, …, C] or of a grid [N, C, H, W]; parameter
 * `gamma`.
 */
export function layerScale(s: Scope, x: Value, initial: number, kind: 'tokens' | 'grid' = 'tokens'): Value {
  const c = fixed(kind === 'tokens' ? x.type.shape.at(-1) : x.type.shape[1], 'the number of channels');
  const gamma = s.param('gamma', [c], { kind: 'constant', value: initial });
  return mul(x, kind === 'tokens' ? gamma : reshape(gamma, [c, 1, 1]));
}

/** Marks where training drops values; nothing at rate 0. */
export function dropout(x: Value, rate: number, kind: 'element' | 'path' = 'element'): Value {
  check(rate >= 0 && rate < 1, `a drop rate must be in [0, 1), got ${rate}`);
  return rate === 0 ? x : apply1('Dropout', [x], { rate, kind });
}

/** Mean over the pixels: [N, C, H, W] → [N, C]. */
export const globalAveragePool = (x: Value) => reduceMean(x, [2, 3], false);

/** Mean over pixels [N, C, H, W] or tokens [N, T, C] → [N, C]. */
export const meanOf = (x: Value) => (x.type.shape.length === 4 ? globalAveragePool(x) : reduceMean(x, [1], false));

/** [N, C, H, W] → tokens [N, H·W, C]. */
export function toTokens(x: Value): Value {
  const [n, c, h, w] = x.type.shape;
  return transpose(reshape(x, [n!, c!, productOf([h!, w!])]), [0, 2, 1]);
}

/** Tokens [N, H·W, C] → [N, C, H, W]. */
export function toGrid(x: Value, height: number, width: number): Value {
  const [n, , c] = x.type.shape;
  return reshape(transpose(x, [0, 2, 1]), [n!, c!, height, width]);
}
