import { add, relu } from '../graph/build.ts';
import type { Value } from '../graph/value.ts';
import { batchNorm, conv2d } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';
import { resizeTo } from './resize-to.ts';
import { torchConv } from './torch-conv.ts';

/** Convolution, batch normalisation, ReLU; parameters `conv` and `bn` (mmcv's ConvModule). */
export function convReLU(s: Scope, x: Value, channels: number, kernel = 3, group = 1): Value {
  const y = s.in('conv', (c) => conv2d(c, x, channels, { kernel, group }));
  return relu(s.in('bn', (b) => batchNorm(b, y)));
}

/** Depthwise 3×3 and 1×1 convolution, each with batch normalisation and ReLU; parameters `depthwise` and `pointwise`. */
export function separableReLU(s: Scope, x: Value, channels: number): Value {
  const width = x.type.shape[1] as number;
  const y = s.in('depthwise', (d) => convReLU(d, x, width, 3, width));
  return s.in('pointwise', (p) => convReLU(p, y, channels, 1));
}

/** A map [N, C, height, width] of a backbone. */
export interface FeatureMap {
  readonly value: Value;
  readonly height: number;
  readonly width: number;
}

/**
 * Feature pyramid network (Lin et al. 2017, arXiv 1612.03144 §3): every map as wide as `channels` by a 1×1 convolution, coarser ones
 * added to finer ones from the top down, then smoothed by a 3×3 convolution. `stages` and the result are the finest first;
 * parameters as mmdetection's FPN, `lateral_convs.i.conv` and `fpn_convs.i.conv`.
 */
export function featurePyramid(s: Scope, stages: readonly FeatureMap[], channels: number): Value[] {
  return topDownPyramid(s, stages, channels).map((x, i) =>
    s.in(`fpn_convs.${i}.conv`, (c) => torchConv(c, x, channels, { kernel: 3 })),
  );
}

/** A feature pyramid as its maps are before they are smoothed; parameters `lateral_convs.i.conv`. */
export function topDownPyramid(s: Scope, stages: readonly FeatureMap[], channels: number): Value[] {
  const lateral = stages.map(({ value }, i) =>
    s.in(`lateral_convs.${i}.conv`, (c) => torchConv(c, value, channels, { kernel: 1 })),
  );
  return topDown(lateral, stages, 'nearest');
}

/** Adds every map, enlarged, to the next finer one, from the coarsest down. */
export function topDown(
  maps: readonly Value[],
  sizes: readonly Pick<FeatureMap, 'height' | 'width'>[],
  mode: 'linear' | 'nearest',
): Value[] {
  const out = [...maps];
  for (let i = maps.length - 2; i >= 0; i--) {
    out[i] = add(out[i]!, resizeTo(out[i + 1]!, [sizes[i]!.height, sizes[i]!.width], mode));
  }
  return out;
}
