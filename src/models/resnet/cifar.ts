import { check } from '../../base/errors.ts';
import { pad, relu, slice } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import type { Init, Value } from '../../graph/value.ts';
import { dropout, globalAveragePool, linear } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, BuildOptions, Family, Stage } from '../model.ts';
import { convBn, residual } from './blocks.ts';

export interface CifarResNetConfig {
  /** Blocks of each of the three stages: n of He et al.'s 6n + 2 layers. */
  readonly depth: number;
  /** Multiplies the widths 16, 32 and 64, rounded down. Default 1. */
  readonly width?: number;
}

/**
 * He et al.'s ResNets for 32×32 pictures (arXiv 1512.03385 §4.2): three stages at strides 1, 2 and 4, and shortcuts without
 * parameters (option A). Names of parameters are those of the published CIFAR-10 checkpoints of
 * github.com/akamaster/pytorch_resnet_cifar10. `pooled` is [N, 64].
 */
export const resnetCifar: Family<CifarResNetConfig> = {
  name: 'resnet-cifar',
  variants: { resnet20: { depth: 3 }, resnet32: { depth: 5 }, resnet44: { depth: 7 }, resnet56: { depth: 9 } },
  defaultSize: 32,
  blocks: /^layer\d+\.\d+/,
  options: ['depth', 'width'],
  picture: (config) => [0, 1, 2].map((i) => `${'▣'.repeat(config.depth)} ${channelsOf(config, i)}`).join(' │ '),
  build,
};

const channelsOf = ({ width = 1 }: CifarResNetConfig, i: number) => Math.trunc(width * 16 * 2 ** i);

function build(s: Scope, image: Value, config: CifarResNetConfig, options: BuildOptions): Body {
  const { depth, width = 1 } = config;
  check(
    Number.isInteger(depth) && depth >= 1,
    `depth counts the blocks of a stage and must be at least 1, got ${depth}`,
  );
  check(width >= 1 / 16, `width multiplies 16, 32 and 64 channels and must be at least 1/16, got ${width}`);
  let x = relu(convBn(s, image, 1, channelsOf(config, 0)));
  const stages = [0, 1, 2].map((i): Stage => {
    const channels = channelsOf(config, i);
    for (let j = 0; j < depth; j++) {
      const stride = i > 0 && j === 0 ? 2 : 1;
      const dropPath = (options.dropPath * (i * depth + j)) / (3 * depth - 1);
      const shortcut = (_: Scope, v: Value) => optionA(v, channels, stride);
      x = s.in(`layer${i + 1}.${j}`, (b) => residual('basic', b, x, { channels, stride, shortcut, dropPath }));
    }
    return { name: `layer${i + 1}`, value: x, stride: 2 ** i, channels };
  });
  const pooled = globalAveragePool(x);
  const init: Init = { kind: 'normal', std: Math.sqrt(2 / channelsOf(config, 2)) };
  const logits = s.in('linear', (f) => linear(f, dropout(pooled, options.dropRate), options.classes, { init }));
  return { stages, pooled, logits };
}

/** Every `stride`-th pixel, with channels of zeros on both sides: [N, C, H, W] → [N, channels, ⌈H/stride⌉, ⌈W/stride⌉]. */
function optionA(x: Value, channels: number, stride: number): Value {
  const more = channels - fixed(x.type.shape[1], 'the number of channels');
  const ends = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const picked = stride === 1 ? x : slice(x, [2, 3], [0, 0], ends, [stride, stride]);
  const before = Math.floor(more / 2);
  return pad(picked, [0, before, 0, 0, 0, more - before, 0, 0]);
}
