import { adaptiveAveragePool } from '../../blocks/adaptive-pool.ts';
import { crossAttentionLayer, selfAttentionLayer, torchLinear } from '../../blocks/latent-attention.ts';
import { torchConv } from '../../blocks/torch-conv.ts';
import { add, concat, hardSwish, reduceMean, relu, reshape, transpose } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import type { Init, Value } from '../../graph/value.ts';
import { batchNorm, dropout, layerNorm, toGrid, toTokens } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import type { BranchOptions } from './config.ts';

/** The parts of the classification branch (Han et al. 2023; papers/dynamic-perceiver.md §3), with the official code's names. */

const latentInit: Init = { kind: 'normal', std: 0.02 };

/** The learned code [1, latents, channels]: one for all images, until it has read from them. */
export function latentCode(s: Scope, latents: number, channels: number): Value {
  return reshape(s.param('latent', [latents, channels], latentInit), [1, latents, channels]);
}

const channelsOf = (x: Value, axis: number) => fixed(x.type.shape[axis], 'the number of channels');

/** X2Z before stage `stage` (1 to 4): the latents [N, T, C] read the map [N, C, H, W], pooled to a small grid. */
export function readMap(s: Scope, stage: number, z: Value, map: Value, { depthwise, grid }: BranchOptions): Value {
  const group = channelsOf(map, 1);
  const seen = depthwise
    ? s.in(`dwc${stage}_x2z`, (c) => add(torchConv(c, map, group, { kernel: 7, group }), map))
    : map;
  return s.in(`cross_att${stage}_x2z`, (c) => {
    const keys = toTokens(adaptiveAveragePool(seen, [grid, grid]));
    return crossAttentionLayer(c, z, keys, { keyPositions: true });
  });
}

/** Z2X: what the trunk goes on with, a map [N, C, H, W] or tokens [N, T, C] in any order, reads the latents. */
export function writeMap(s: Scope, name: string, x: Value, z: Value): Value {
  const grid = x.type.shape.length === 4;
  return s.in(name, (c) => {
    const tokens = grid ? toTokens(x) : x;
    const inner = Math.max(1, Math.floor(channelsOf(tokens, 2) / 8));
    const y = crossAttentionLayer(c, tokens, z, { inner });
    return grid ? toGrid(y, fixed(x.type.shape[2], 'the height'), fixed(x.type.shape[3], 'the width')) : y;
  });
}

export function think(s: Scope, stage: number, z: Value, { layers, heads, mlpRatio }: BranchOptions): Value {
  let x = z;
  for (let i = 0; i < layers[stage - 1]!; i++) {
    x = s.in(`self_att${stage}.${i}`, (c) => selfAttentionLayer(c, x, { heads: heads[stage - 1]!, mlpRatio }));
  }
  return x;
}

/**
 * What a token mixer adds to the variance along its tokens. Along two it would leave nothing but a sign, ±1, and rounding decides it
 * where the two are nearly equal: with 1e-5 float32 moved the logits by up to 2e-4 of their size, no kernel being inexact (float64
 * judged each alone), along four or more by 2e-5 at most. No published branch mixes fewer than eight.
 */
const mixerEpsilon = (tokens: number) => (tokens > 2 ? 1e-5 : 1e-2);

/** Between stages: half as many tokens (a linear map along the tokens), then as many channels as the next map has. */
export function betweenStages(s: Scope, index: number, z: Value, channels: number): Value {
  const tokens = fixed(z.type.shape[1], 'the number of latents');
  const step = (name: string, x: Value, features: number, epsilon: number) =>
    s.in(`${name}.${index}`, (m) => {
      const normed = m.in(0, (n) => layerNorm(n, x, { epsilon }));
      return m.in(1, (l) => torchLinear(l, normed, features));
    });
  const turned = s.in(`token_mixer.${index}`, () => transpose(z, [0, 2, 1]));
  const mixed = step('token_mixer', turned, Math.floor(tokens / 2), mixerEpsilon(tokens));
  return step(
    'token_expander',
    s.in(`token_mixer.${index}`, () => transpose(mixed, [0, 2, 1])),
    channels,
    1e-5,
  );
}

/** Mean over the tokens: [N, T, C] → [N, C]. */
export const meanToken = (z: Value) => reduceMean(z, [1], false);

/** Feeds the logits of an exit on to the next one: [N, classes] → [N, features]. */
export function interStage(s: Scope, name: string, logits: Value, features: number): Value {
  return s.in(name, (c) => {
    const y = c.in(0, (l) => torchLinear(l, logits, features));
    return relu(c.in(1, (n) => batchNorm(n, y)));
  });
}

/** What the merged classifier reads: [N, all features together]. */
export const merged = (features: readonly Value[]) => concat(features, 1);

/** The merged classifier: batch normalisation and a linear map, or (MobileNetV3) two with hard-swish between. */
export function mergedClassifier(
  s: Scope,
  x: Value,
  { classes, hidden, dropRate }: { classes: number; hidden?: number; dropRate: number },
): Value {
  return s.in('classifier_merge', (c) => {
    const normed = c.in(0, (n) => batchNorm(n, x));
    if (hidden === undefined) return c.in(1, (l) => torchLinear(l, normed, classes));
    const wide = hardSwish(c.in(1, (l) => torchLinear(l, normed, hidden)));
    return c.in(4, (l) => torchLinear(l, dropout(wide, dropRate), classes));
  });
}
