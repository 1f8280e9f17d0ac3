import { z } from 'zod';
import type { MobileStage } from '../../blocks/mobile-trunk.ts';
import { paddings } from '../../blocks/padded-conv.ts';
import { activation } from '../configuration.ts';

/** A MobileNetV2 configuration: the layout is fixed, its width and depth are scaled. */
export const mobilenetv2Schema = z.strictObject({
  width: z.number().positive().describe('multiplies the channels, which are rounded to multiples of 8'),
  depth: z.number().positive().default(1).describe('multiplies the blocks of each stage, rounded up'),
  fixStemHead: z
    .boolean()
    .default(false)
    .describe('leave the stem (32), the head (1280) and the depth of the first and last stage alone'),
  act: activation.default('relu6').describe('activation'),
  padding: z
    .enum(paddings)
    .default('symmetric')
    .describe('symmetric (PyTorch) or same (TensorFlow); weights from the one do not fit the other'),
  epsilon: z.number().positive().default(1e-5).describe('of the batch normalisations; TensorFlow’s weights: 1e-3'),
});

export type MobileNetV2Config = z.output<typeof mobilenetv2Schema>;

const inverted = (repeat: number, stride: 1 | 2, channels: number) => ({
  repeat,
  kernel: 3,
  stride,
  expand: 6,
  channels,
});

/** Sandler et al. 2018 (arXiv 1801.04381), table 2. */
export const mobilenetv2Stages: readonly MobileStage[] = [
  [{ kind: 'separable', repeat: 1, kernel: 3, stride: 1, expand: 1, channels: 16 }],
  [inverted(2, 2, 24)],
  [inverted(3, 2, 32)],
  [inverted(4, 2, 64)],
  [inverted(3, 1, 96)],
  [inverted(3, 2, 160)],
  [inverted(1, 1, 320)],
];

/** timm's variants (timm/models/efficientnet.py), and one for weights trained in TensorFlow, named as timm names such ones. */
export const mobilenetv2Variants: Readonly<Record<string, z.input<typeof mobilenetv2Schema>>> = {
  mobilenetv2_035: { width: 0.35 },
  mobilenetv2_050: { width: 0.5 },
  mobilenetv2_075: { width: 0.75 },
  mobilenetv2_100: { width: 1 },
  mobilenetv2_140: { width: 1.4 },
  mobilenetv2_110d: { width: 1.1, depth: 1.2, fixStemHead: true },
  mobilenetv2_120d: { width: 1.2, depth: 1.4, fixStemHead: true },
  tf_mobilenetv2_100: { width: 1, padding: 'same', epsilon: 1e-3 },
};
