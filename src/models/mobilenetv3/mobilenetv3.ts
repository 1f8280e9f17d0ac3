import { check, oneOf } from '../../base/errors.ts';
import { convNormAct } from '../../blocks/inverted-residual.ts';
import { deepened, type MobileStage, mobileTrunk, pictureOf } from '../../blocks/mobile-trunk.ts';
import { paddings } from '../../blocks/padded-conv.ts';
import { roundChannels } from '../../blocks/round-channels.ts';
import { reduceMean, reshape } from '../../graph/build.ts';
import type { Value } from '../../graph/value.ts';
import { activations, conv2d, dropout, linear } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, BuildOptions, Family } from '../model.ts';
import { type MobileNetV3Config, mobilenetv3Layouts, mobilenetv3Variants } from './config.ts';

/**
 * MobileNetV3 (Howard et al., ICCV 2019, arXiv 1905.02244) as in timm (timm/models/mobilenetv3.py), whose weights load by name.
 * `stages` are the last block at strides 4, 8, 16 and 32 (the last one after the wide 1×1 convolution); `pooled`, after the
 * hidden layer `conv_head`, is [N, 1280] in the large and [N, 1024] in the small layout.
 */
export const mobilenetv3: Family<MobileNetV3Config> = {
  name: 'mobilenetv3',
  variants: mobilenetv3Variants,
  defaultSize: 224,
  blocks: /^blocks\.\d+\.\d+/,
  options: ['layout', 'width', 'depth', 'minimal', 'padding', 'epsilon'],
  picture: (config) => pictureOf(stagesOf(config), config.width),
  build,
};

const layoutNames = Object.keys(mobilenetv3Layouts) as MobileNetV3Config['layout'][];

function stagesOf({ layout, depth = 1, minimal = false }: MobileNetV3Config): MobileStage[] {
  const stages = deepened(mobilenetv3Layouts[oneOf('layout', layout, layoutNames)].stages, depth);
  if (!minimal) return stages;
  return stages.map((stage) => stage.map((b) => ({ ...b, kernel: Math.min(3, b.kernel), seRatio: 0, act: 'relu' })));
}

function build(s: Scope, image: Value, config: MobileNetV3Config, options: BuildOptions): Body {
  const { layout, width, depth = 1, minimal = false, padding = 'symmetric', epsilon } = config;
  check(width > 0 && depth > 0, `width and depth multiply the layout and must be above 0, got ${width} and ${depth}`);
  oneOf('padding', padding, paddings);
  const act = minimal ? 'relu' : 'hard_swish';
  const style = { act, padding, epsilon } as const;
  const stem = convNormAct(s, image, width < 0.75 ? 16 : roundChannels(16 * width), {
    ...style,
    names: ['conv_stem', 'bn1'],
    kernel: 3,
    stride: 2,
  });
  const trunk = { ...style, width, dropPath: options.dropPath, seGate: 'hard_sigmoid' } as const;
  const stages = mobileTrunk(s, stem, stagesOf(config), trunk);
  const { features } = mobilenetv3Layouts[layout];
  const mean = reduceMean(stages.at(-1)!.value, [2, 3], true);
  const hidden = activations[act](s.in('conv_head', (c) => conv2d(c, mean, features, { kernel: 1, bias: true })));
  const pooled = reshape(hidden, [hidden.type.shape[0]!, features]);
  const init = { kind: 'uniform', bound: 1 / Math.sqrt(options.classes) } as const;
  const dropped = dropout(pooled, options.dropRate);
  const logits = s.in('classifier', (c) => linear(c, dropped, options.classes, { init }));
  return { stages, pooled, logits };
}
