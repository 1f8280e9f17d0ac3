import { check } from '../../base/errors.ts';
import { convNormAct } from '../../blocks/inverted-residual.ts';
import { squeezeExcite } from '../../blocks/squeeze-excite.ts';
import { add } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import type { Value } from '../../graph/value.ts';
import { zeros } from '../../nn/init.ts';
import { type Activation, activations, dropout, globalAveragePool, linear } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, Family, Head, HeadOptions } from '../model.ts';
import type { StageMark } from '../stage.ts';
import { type RegNetConfig, regnetSchema, regnetVariants } from './config.ts';

/**
 * RegNetY (Radosavovic et al., CVPR 2020, arXiv 2003.13678) as in timm (timm/models/regnet.py), whose weights load by name. Four
 * stages of bottlenecks with grouped 3×3 convolutions, at strides 4, 8, 16 and 32; `pooled` is the mean of the last.
 */
export const regnet: Family<typeof regnetSchema> = {
  name: 'regnet',
  schema: regnetSchema,
  variants: regnetVariants,
  defaultSize: 224,
  blocks: /^s\d+\.b\d+/,
  picture: ({ widths, depths }) => widths.map((w, i) => `${'▣'.repeat(depths[i]!)} ${w}`).join(' │ '),
  build,
  head,
};

function build(s: Scope, image: Value, config: RegNetConfig, options: { dropPath: number }): Body {
  const { widths, depths, group, stem, seRatio, act } = config;
  check(
    widths.length === 4 && depths.length === 4,
    `a RegNet has 4 widths and 4 depths, got widths [${widths}] and depths [${depths}]`,
  );
  check(
    widths.every((w) => w % group === 0),
    `every width must be a multiple of the group width ${group}, got [${widths}]`,
  );
  let x = s.in('stem', (c) => convNormAct(c, image, stem, { names: layerNames, kernel: 3, stride: 2, act }));
  const last = depths.reduce((a, b) => a + b) - 1;
  let done = 0;
  const stages = depths.map((depth, i): StageMark => {
    const channels = widths[i]!;
    for (let j = 0; j < depth; j++) {
      const dropPath = last > 0 ? (options.dropPath * done++) / last : 0;
      const block = { channels, stride: j === 0 ? 2 : 1, group, seRatio, act, dropPath };
      x = s.in(`s${i + 1}.b${j + 1}`, (b) => bottleneck(b, x, block));
    }
    return { name: `s${i + 1}`, value: x, level: 4 * 2 ** i };
  });
  return { stages, end: x };
}

function head(s: Scope, { end }: Body, _: RegNetConfig, { classes, dropRate }: HeadOptions): Head {
  const pooled = globalAveragePool(end);
  const init = { kind: 'normal', std: 0.01 } as const;
  return { pooled, logits: s.in('head.fc', (c) => linear(c, dropout(pooled, dropRate), classes, { init })) };
}

interface BottleneckOptions {
  readonly channels: number;
  readonly stride: number;
  readonly group: number;
  readonly seRatio: number;
  readonly act: Activation;
  readonly dropPath: number;
}

const layerNames = ['conv', 'bn'] as const;

/** The Y block, bottleneck ratio 1: 1×1, grouped 3×3, squeeze-and-excitation, 1×1. [N, C, H, W] → [N, channels, H/stride, W/stride]. */
function bottleneck(s: Scope, x: Value, options: BottleneckOptions): Value {
  const { channels, stride, group, seRatio, act, dropPath } = options;
  const from = fixed(x.type.shape[1], 'the number of channels');
  const layer = (name: string, input: Value, more: Partial<Parameters<typeof convNormAct>[3]>) =>
    s.in(name, (c) => convNormAct(c, input, channels, { names: layerNames, act, ...more }));
  let y = layer('conv1', x, {});
  y = layer('conv2', y, { kernel: 3, stride, group: channels / group });
  if (seRatio > 0) {
    const reduced = Math.max(1, Math.round(from * seRatio));
    y = s.in('se', (c) => squeezeExcite(c, y, { reduced, act, names: ['fc1', 'fc2'] }));
  }
  // A residual branch that starts at zero: the block begins as its shortcut.
  y = layer('conv3', y, { act: 'identity', scale: zeros });
  const shortcut = stride === 1 && from === channels ? x : layer('downsample', x, { stride, act: 'identity' });
  return activations[act](add(dropout(y, dropPath, 'path'), shortcut));
}
