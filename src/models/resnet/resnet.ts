import { z } from 'zod';
import { check } from '../../base/errors.ts';
import { relu } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import { apply1 } from '../../graph/op.ts';
import type { Value } from '../../graph/value.ts';
import { batchNorm, conv2d, dropout, globalAveragePool, linear } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import { count, listOf } from '../configuration.ts';
import type { Body, Family, Head, HeadOptions } from '../model.ts';
import type { StageMark } from '../stage.ts';
import { expansion, projection, residual } from './blocks.ts';

const schema = z.strictObject({
  block: z.enum(['basic', 'bottleneck']).describe('kind of block'),
  depths: listOf(count).describe('blocks of each of the four stages'),
  width: z
    .number()
    .min(1 / 32)
    .default(1)
    .describe('multiplies every width, rounded down: Dynamic Perceiver’s trunks take 0.375 to 0.75'),
  deep: z
    .boolean()
    .default(false)
    .describe(
      '"-D": a stem of three 3×3 convolutions, and shortcuts that average before they project (He et al. 2019)',
    ),
});

type ResNetConfig = z.output<typeof schema>;

/**
 * ResNet (He et al. 2016, arXiv 1512.03385; the stride of a bottleneck sits on its 3×3 convolution) as timm/models/resnet.py and
 * torchvision name it. `stages` are `layer1` to `layer4`; `pooled` is [N, 512] for basic blocks and [N, 2048] for bottlenecks.
 */
export const resnet: Family<typeof schema> = {
  name: 'resnet',
  schema,
  variants: {
    resnet18: { block: 'basic', depths: [2, 2, 2, 2] },
    resnet34: { block: 'basic', depths: [3, 4, 6, 3] },
    resnet50: { block: 'bottleneck', depths: [3, 4, 6, 3] },
    resnet101: { block: 'bottleneck', depths: [3, 4, 23, 3] },
    resnet18d: { block: 'basic', depths: [2, 2, 2, 2], deep: true },
    resnet34d: { block: 'basic', depths: [3, 4, 6, 3], deep: true },
    resnet50d: { block: 'bottleneck', depths: [3, 4, 6, 3], deep: true },
  },
  defaultSize: 224,
  blocks: /^layer\d+\.\d+/,
  picture: (config) =>
    config.depths.map((d, i) => `${'▣'.repeat(d)} ${planes(config, i) * expansion[config.block]}`).join(' │ '),
  build,
  head,
};

/** Width of the stem (stage 0's too) and of the inner convolutions of stage `i`. */
const planes = ({ width }: ResNetConfig, i: number) => Math.trunc(width * 64 * 2 ** i);

function build(s: Scope, image: Value, config: ResNetConfig, options: { dropPath: number }): Body {
  const { block, depths, deep } = config;
  check(depths.length === 4, `a ResNet has four stages of blocks, e.g. [2, 2, 2, 2]; got [${depths}]`);
  const narrow = s.in('conv1', (c) => (deep ? deepStem(c, image, planes(config, 0)) : plainStem(c, image, config)));
  let x = relu(s.in('bn1', (c) => batchNorm(c, narrow)));
  x = apply1('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  const total = depths.reduce((a, b) => a + b, 0);
  let index = 0;
  const stages = depths.map((depth, i): StageMark => {
    const inner = planes(config, i);
    const channels = inner * expansion[block];
    for (let j = 0; j < depth; j++) {
      const stride = i > 0 && j === 0 ? 2 : 1;
      const dropPath = (options.dropPath * index++) / (total - 1);
      const shortcut = (scope: Scope, v: Value) => projection(scope, v, channels, stride, deep);
      x = s.in(`layer${i + 1}.${j}`, (b) => residual(block, b, x, { channels: inner, stride, shortcut, dropPath }));
    }
    return { name: `layer${i + 1}`, value: x, level: 4 * 2 ** i };
  });
  return { stages, end: x };
}

function head(s: Scope, { end }: Body, _: ResNetConfig, { classes, dropRate }: HeadOptions): Head {
  const pooled = globalAveragePool(end);
  const init = { kind: 'uniform', bound: fixed(pooled.type.shape[1], 'the number of features') ** -0.5 } as const;
  return { pooled, logits: s.in('fc', (f) => linear(f, dropout(pooled, dropRate), classes, { init })) };
}

const plainStem = (s: Scope, image: Value, config: ResNetConfig) =>
  conv2d(s, image, planes(config, 0), { kernel: 7, stride: 2 });

/** Three 3×3 convolutions to half, half and all of `channels`; parameters {0,3,6} and, of the normalisations between, {1,4}. */
function deepStem(s: Scope, image: Value, channels: number): Value {
  let x = image;
  const half = Math.trunc(channels / 2);
  for (const i of [0, 3]) {
    const y = s.in(i, (c) => conv2d(c, x, half, { stride: i === 0 ? 2 : 1 }));
    x = relu(s.in(i + 1, (c) => batchNorm(c, y)));
  }
  return s.in(6, (c) => conv2d(c, x, channels));
}
