import { convNormAct } from '../../blocks/inverted-residual.ts';
import { deepened, mobileTrunk, pictureOf } from '../../blocks/mobile-trunk.ts';
import { roundChannels } from '../../blocks/round-channels.ts';
import type { Value } from '../../graph/value.ts';
import { dropout, globalAveragePool, linear } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, Family, Head, HeadOptions } from '../model.ts';
import { type MobileNetV2Config, mobilenetv2Schema, mobilenetv2Stages, mobilenetv2Variants } from './config.ts';

/**
 * MobileNetV2: inverted residuals with linear bottlenecks (Sandler et al., CVPR 2018, arXiv 1801.04381), as in timm
 * (timm/models/efficientnet.py), whose weights load by name. `stages` are the last bottleneck at strides 4, 8, 16 and 32; `pooled`
 * is [N, 1280] at widths up to 1.
 */
export const mobilenetv2: Family<typeof mobilenetv2Schema> = {
  name: 'mobilenetv2',
  schema: mobilenetv2Schema,
  variants: mobilenetv2Variants,
  defaultSize: 224,
  blocks: /^blocks\.\d+\.\d+/,
  picture: (config) => pictureOf(stagesOf(config), config.width),
  build,
  head,
};

const stagesOf = ({ depth, fixStemHead }: MobileNetV2Config) => deepened(mobilenetv2Stages, depth, fixStemHead);

const styleOf = ({ act, padding, epsilon }: MobileNetV2Config) => ({ act, padding, epsilon });

function build(s: Scope, image: Value, config: MobileNetV2Config, { dropPath }: { dropPath: number }): Body {
  const { width, fixStemHead } = config;
  const style = styleOf(config);
  const stem = convNormAct(s, image, fixStemHead ? 32 : roundChannels(32 * width), {
    ...style,
    names: ['conv_stem', 'bn1'],
    kernel: 3,
    stride: 2,
  });
  const stages = mobileTrunk(s, stem, stagesOf(config), { ...style, width, dropPath });
  return { stages, end: stages.at(-1)!.value };
}

function head(s: Scope, { end }: Body, config: MobileNetV2Config, { classes, dropRate }: HeadOptions): Head {
  const { width, fixStemHead } = config;
  const features = fixStemHead ? 1280 : Math.max(1280, roundChannels(1280 * width));
  const wide = convNormAct(s, end, features, { ...styleOf(config), names: ['conv_head', 'bn2'] });
  const pooled = globalAveragePool(wide);
  const init = { kind: 'uniform', bound: 1 / Math.sqrt(classes) } as const;
  return { pooled, logits: s.in('classifier', (c) => linear(c, dropout(pooled, dropRate), classes, { init })) };
}
