import { convNormAct } from '../../blocks/inverted-residual.ts';
import { deepened, type MobileStage, mobileTrunk, pictureOf } from '../../blocks/mobile-trunk.ts';
import { roundChannels } from '../../blocks/round-channels.ts';
import { reduceMean, reshape } from '../../graph/build.ts';
import type { Value } from '../../graph/value.ts';
import { activations, conv2d, dropout, linear } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, Family, Head, HeadOptions } from '../model.ts';
import { type MobileNetV3Config, mobilenetv3Layouts, mobilenetv3Schema, mobilenetv3Variants } from './config.ts';

/**
 * MobileNetV3 (Howard et al., ICCV 2019, arXiv 1905.02244) as in timm (timm/models/mobilenetv3.py), whose weights load by name.
 * `stages` are the last block at strides 4, 8, 16 and 32 (the last one after the wide 1×1 convolution); `pooled`, after the
 * hidden layer `conv_head`, is [N, 1280] in the large and [N, 1024] in the small layout.
 */
export const mobilenetv3: Family<typeof mobilenetv3Schema> = {
  name: 'mobilenetv3',
  schema: mobilenetv3Schema,
  variants: mobilenetv3Variants,
  defaultSize: 224,
  blocks: /^blocks\.\d+\.\d+/,
  picture: (config) => pictureOf(stagesOf(config), config.width),
  build,
  head,
};

function stagesOf({ layout, depth, minimal }: MobileNetV3Config): MobileStage[] {
  const stages = deepened(mobilenetv3Layouts[layout].stages, depth);
  if (!minimal) return stages;
  return stages.map((stage) => stage.map((b) => ({ ...b, kernel: Math.min(3, b.kernel), seRatio: 0, act: 'relu' })));
}

const actOf = ({ minimal }: MobileNetV3Config) => (minimal ? 'relu' : 'hard_swish');

function build(s: Scope, image: Value, config: MobileNetV3Config, { dropPath }: { dropPath: number }): Body {
  const { width, padding, epsilon } = config;
  const style = { act: actOf(config), padding, epsilon } as const;
  const stem = convNormAct(s, image, width < 0.75 ? 16 : roundChannels(16 * width), {
    ...style,
    names: ['conv_stem', 'bn1'],
    kernel: 3,
    stride: 2,
  });
  const trunk = { ...style, width, dropPath, seGate: 'hard_sigmoid' } as const;
  const stages = mobileTrunk(s, stem, stagesOf(config), trunk);
  return { stages, end: stages.at(-1)!.value };
}

function head(s: Scope, { end }: Body, config: MobileNetV3Config, { classes, dropRate }: HeadOptions): Head {
  const { features } = mobilenetv3Layouts[config.layout];
  const mean = reduceMean(end, [2, 3], true);
  const hidden = s.in('conv_head', (c) => conv2d(c, mean, features, { kernel: 1, bias: true }));
  const pooled = reshape(activations[actOf(config)](hidden), [hidden.type.shape[0]!, features]);
  const init = { kind: 'uniform', bound: 1 / Math.sqrt(classes) } as const;
  return { pooled, logits: s.in('classifier', (c) => linear(c, dropout(pooled, dropRate), classes, { init })) };
}
