import { z } from 'zod';
import { pad, relu, slice } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import type { Init, Value } from '../../graph/value.ts';
import { dropout, globalAveragePool, linear } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import { count } from '../configuration.ts';
import type { Body, Family, Head, HeadOptions } from '../model.ts';
import type { StageMark } from '../stage.ts';
import { convBn, residual } from './blocks.ts';

const schema = z.strictObject({
  depth: count.describe('blocks of each of the three stages: n of He et al.’s 6n + 2 layers'),
  width: z
    .number()
    .min(1 / 16)
    .default(1)
    .describe('multiplies the widths 16, 32 and 64, rounded down'),
});

type CifarResNetConfig = z.output<typeof schema>;

/**
 * He et al.'s ResNets for 32×32 pictures (arXiv 1512.03385 §4.2): three stages at strides 1, 2 and 4, and shortcuts without
 * parameters (option A). Names of parameters are those of the published CIFAR-10 checkpoints of
 * github.com/akamaster/pytorch_resnet_cifar10. `pooled` is [N, 64].
 */
export const resnetCifar: Family<typeof schema> = {
  name: 'resnet-cifar',
  schema,
  variants: { resnet20: { depth: 3 }, resnet32: { depth: 5 }, resnet44: { depth: 7 }, resnet56: { depth: 9 } },
  defaultSize: 32,
  blocks: /^layer\d+\.\d+/,
  picture: (config) => [0, 1, 2].map((i) => `${'▣'.repeat(config.depth)} ${channelsOf(config, i)}`).join(' │ '),
  build,
  head,
};

const channelsOf = ({ width }: CifarResNetConfig, i: number) => Math.trunc(width * 16 * 2 ** i);

function build(s: Scope, image: Value, config: CifarResNetConfig, options: { dropPath: number }): Body {
  const { depth } = config;
  let x = relu(convBn(s, image, 1, channelsOf(config, 0)));
  const stages = [0, 1, 2].map((i): StageMark => {
    const channels = channelsOf(config, i);
    for (let j = 0; j < depth; j++) {
      const stride = i > 0 && j === 0 ? 2 : 1;
      const dropPath = (options.dropPath * (i * depth + j)) / (3 * depth - 1);
      const shortcut = (_: Scope, v: Value) => optionA(v, channels, stride);
      x = s.in(`layer${i + 1}.${j}`, (b) => residual('basic', b, x, { channels, stride, shortcut, dropPath }));
    }
    return { name: `layer${i + 1}`, value: x, level: 2 ** i };
  });
  return { stages, end: x };
}

function head(s: Scope, { end }: Body, config: CifarResNetConfig, { classes, dropRate }: HeadOptions): Head {
  const pooled = globalAveragePool(end);
  const init: Init = { kind: 'normal', std: Math.sqrt(2 / channelsOf(config, 2)) };
  return { pooled, logits: s.in('linear', (f) => linear(f, dropout(pooled, dropRate), classes, { init })) };
}

/** Every `stride`-th pixel, with channels of zeros on both sides: [N, C, H, W] → [N, channels, ⌈H/stride⌉, ⌈W/stride⌉]. */
function optionA(x: Value, channels: number, stride: number): Value {
  const more = channels - fixed(x.type.shape[1], 'the number of channels');
  const ends = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const picked = stride === 1 ? x : slice(x, [2, 3], [0, 0], ends, [stride, stride]);
  const before = Math.floor(more / 2);
  return pad(picked, [0, before, 0, 0, 0, more - before, 0, 0]);
}
