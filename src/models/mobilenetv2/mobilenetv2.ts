import { check, oneOf } from '../../base/errors.ts';
import { convNormAct } from '../../blocks/inverted-residual.ts';
import { deepened, mobileTrunk, pictureOf } from '../../blocks/mobile-trunk.ts';
import { paddings } from '../../blocks/padded-conv.ts';
import { roundChannels } from '../../blocks/round-channels.ts';
import type { Value } from '../../graph/value.ts';
import { activationNames, dropout, globalAveragePool, linear } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, BuildOptions, Family } from '../model.ts';
import { type MobileNetV2Config, mobilenetv2Stages, mobilenetv2Variants } from './config.ts';

/**
 * MobileNetV2: inverted residuals with linear bottlenecks (Sandler et al., CVPR 2018, arXiv 1801.04381), as in timm
 * (timm/models/efficientnet.py), whose weights load by name. `stages` are the last bottleneck at strides 4, 8, 16 and 32; `pooled`
 * is [N, 1280] at widths up to 1.
 */
export const mobilenetv2: Family<MobileNetV2Config> = {
  name: 'mobilenetv2',
  variants: mobilenetv2Variants,
  defaultSize: 224,
  blocks: /^blocks\.\d+\.\d+/,
  options: ['width', 'depth', 'fixStemHead', 'act', 'padding', 'epsilon'],
  picture: (config) => pictureOf(stagesOf(config), config.width),
  build,
};

const stagesOf = ({ depth = 1, fixStemHead = false }: MobileNetV2Config) =>
  deepened(mobilenetv2Stages, depth, fixStemHead);

function build(s: Scope, image: Value, config: MobileNetV2Config, options: BuildOptions): Body {
  const { width, depth = 1, fixStemHead = false, act = 'relu6', padding = 'symmetric', epsilon } = config;
  check(width > 0 && depth > 0, `width and depth multiply the layout and must be above 0, got ${width} and ${depth}`);
  oneOf('activation', act, activationNames);
  oneOf('padding', padding, paddings);
  const style = { act, padding, epsilon };
  const stem = convNormAct(s, image, fixStemHead ? 32 : roundChannels(32 * width), {
    ...style,
    names: ['conv_stem', 'bn1'],
    kernel: 3,
    stride: 2,
  });
  const stages = mobileTrunk(s, stem, stagesOf(config), { ...style, width, dropPath: options.dropPath });
  const features = fixStemHead ? 1280 : Math.max(1280, roundChannels(1280 * width));
  const head = convNormAct(s, stages.at(-1)!.value, features, { ...style, names: ['conv_head', 'bn2'] });
  const pooled = globalAveragePool(head);
  const init = { kind: 'uniform', bound: 1 / Math.sqrt(options.classes) } as const;
  const dropped = dropout(pooled, options.dropRate);
  const logits = s.in('classifier', (c) => linear(c, dropped, options.classes, { init }));
  return { stages, pooled, logits };
}
