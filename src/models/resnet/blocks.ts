import { add, relu } from '../../graph/build.ts';
import { apply1 } from '../../graph/op.ts';
import type { Init, Value } from '../../graph/value.ts';
import { zeros } from '../../nn/init.ts';
import { batchNorm, type ConvLayerOptions, conv2d, dropout } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';

/** Residual blocks of He et al. 2016 (arXiv 1512.03385) under the names that torchvision and timm share. */

export interface ResidualOptions {
  /** Of the inner convolutions; the block gives `expansion` times as many. */
  readonly channels: number;
  readonly stride?: 1 | 2;
  /** The path around the convolutions: input to something of the block's output shape. */
  readonly shortcut: (s: Scope, x: Value) => Value;
  readonly dropPath?: number;
}

/** Channels a block gives for each inner channel. */
export const expansion = { basic: 1, bottleneck: 4 } as const;

export type ResidualKind = keyof typeof expansion;

/** Convolution `conv{n}` without bias, then `bn{n}`. */
export function convBn(
  s: Scope,
  x: Value,
  n: number | '',
  channels: number,
  options: ConvLayerOptions & { scale?: Init } = {},
): Value {
  const y = s.in(`conv${n}`, (c) => conv2d(c, x, channels, options));
  return s.in(`bn${n}`, (c) => batchNorm(c, y, options));
}

function basic(s: Scope, x: Value, { channels, stride = 1 }: ResidualOptions): Value {
  const y = relu(convBn(s, x, 1, channels, { stride }));
  return convBn(s, y, 2, channels, { scale: zeros });
}

function bottleneck(s: Scope, x: Value, { channels, stride = 1 }: ResidualOptions): Value {
  const narrow = relu(convBn(s, x, 1, channels, { kernel: 1 }));
  const y = relu(convBn(s, narrow, 2, channels, { stride }));
  return convBn(s, y, 3, expansion.bottleneck * channels, { kernel: 1, scale: zeros });
}

const branches = { basic, bottleneck };

/**
 * [N, C, H, W] → [N, expansion · channels, ⌈H/stride⌉, ⌈W/stride⌉]. The last normalisation begins at zero, so that the block
 * begins as its shortcut.
 */
export function residual(kind: ResidualKind, s: Scope, x: Value, options: ResidualOptions): Value {
  const y = dropout(branches[kind](s, x, options), options.dropPath ?? 0, 'path');
  return relu(add(y, options.shortcut(s, x)));
}

/**
 * What stands in the shortcut where size or width change: a strided 1×1 convolution, or (`averaged`, the "-D" networks of He et
 * al. 2019, arXiv 1812.01187) a 2×2 average and a 1×1 convolution. Parameters `downsample.{0,1}`, averaged `downsample.{1,2}`.
 */
export function projection(s: Scope, x: Value, channels: number, stride: 1 | 2, averaged: boolean): Value {
  if (stride === 1 && x.type.shape[1] === channels) return x;
  const pool = { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1, count_include_pad: 0 };
  const small = averaged && stride === 2 ? apply1('AveragePool', [x], pool) : x;
  const first = averaged ? 1 : 0;
  const y = s.in(`downsample.${first}`, (c) =>
    conv2d(c, small, channels, { kernel: 1, stride: averaged ? 1 : stride }),
  );
  return s.in(`downsample.${first + 1}`, (c) => batchNorm(c, y));
}
