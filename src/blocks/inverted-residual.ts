import { add } from '../graph/build.ts';
import { fixed } from '../graph/dim.ts';
import type { Init, Value } from '../graph/value.ts';
import { type Activation, activations, batchNorm, dropout } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';
import { type Padding, paddedConv } from './padded-conv.ts';
import { roundChannels } from './round-channels.ts';
import { squeezeExcite } from './squeeze-excite.ts';

/** What the blocks of a MobileNet have in common. */
export interface MobileStyle {
  readonly act: Activation;
  readonly padding?: Padding;
  /** Of the batch normalisations; default 1e-5. */
  readonly epsilon?: number;
}

export interface InvertedResidualOptions extends MobileStyle {
  readonly channels: number;
  readonly kernel?: number;
  readonly stride?: 1 | 2;
  /** Hidden width as a multiple of the input channels, rounded to a multiple of 8. */
  readonly expand?: number;
  /** Squeeze-and-excitation's inner width as a share of the hidden width, rounded to a multiple of 8; 0 for none. */
  readonly seRatio?: number;
  readonly seGate?: Activation;
  readonly dropPath?: number;
}

export interface ConvNormActOptions extends MobileStyle {
  /** Names of the two layers, e.g. `['conv_pw', 'bn1']`. */
  readonly names: readonly [conv: string, norm: string];
  readonly kernel?: number;
  readonly stride?: number;
  readonly group?: number;
  /** First values of the normalisation's weight; default 1. */
  readonly scale?: Init;
}

/** Convolution, batch normalisation, activation. [N, C, H, W] → [N, channels, ⌈H/stride⌉, ⌈W/stride⌉]. */
export function convNormAct(s: Scope, x: Value, channels: number, options: ConvNormActOptions): Value {
  const { names, kernel = 1, stride = 1, group = 1, act, padding, epsilon, scale } = options;
  const y = s.in(names[0], (c) => paddedConv(c, x, channels, { kernel, stride, group, padding }));
  return activations[act](s.in(names[1], (c) => batchNorm(c, y, { epsilon, scale })));
}

/**
 * Inverted residual (MobileNetV2, Sandler et al. 2018; with squeeze-and-excitation MobileNetV3, Howard et al. 2019): 1×1 to the
 * hidden width, depthwise, 1×1 back without activation; a shortcut where size and width stay. Parameters as timm's
 * `InvertedResidual`. [N, C, H, W] → [N, channels, ⌈H/stride⌉, ⌈W/stride⌉].
 */
export function invertedResidual(s: Scope, x: Value, options: InvertedResidualOptions): Value {
  const hidden = roundChannels(channelsOf(x) * (options.expand ?? 1));
  const wide = convNormAct(s, x, hidden, { ...options, kernel: 1, stride: 1, names: ['conv_pw', 'bn1'] });
  const y = depthwise(s, wide, options, ['conv_dw', 'bn2']);
  return withShortcut(x, convNormAct(s, y, options.channels, project(options, ['conv_pwl', 'bn3'])), options);
}

/** The inverted residual of expansion 1, without the first convolution (timm's `DepthwiseSeparableConv`). */
export function depthwiseSeparable(s: Scope, x: Value, options: InvertedResidualOptions): Value {
  const y = depthwise(s, x, options, ['conv_dw', 'bn1']);
  return withShortcut(x, convNormAct(s, y, options.channels, project(options, ['conv_pw', 'bn2'])), options);
}

function depthwise(s: Scope, x: Value, options: InvertedResidualOptions, names: ConvNormActOptions['names']): Value {
  const { kernel = 3, stride = 1, seRatio = 0, seGate = 'sigmoid' } = options;
  const group = channelsOf(x);
  const y = convNormAct(s, x, group, { ...options, names, kernel, stride, group });
  if (seRatio === 0) return y;
  return s.in('se', (c) => squeezeExcite(c, y, { reduced: roundChannels(group * seRatio), act: 'relu', gate: seGate }));
}

const project = ({ padding, epsilon }: MobileStyle, names: ConvNormActOptions['names']): ConvNormActOptions => ({
  names,
  padding,
  epsilon,
  act: 'identity',
});

function withShortcut(x: Value, y: Value, { stride = 1, channels, dropPath = 0 }: InvertedResidualOptions): Value {
  return stride === 1 && channelsOf(x) === channels ? add(dropout(y, dropPath, 'path'), x) : y;
}

const channelsOf = (x: Value) => fixed(x.type.shape[1], 'the number of channels');
