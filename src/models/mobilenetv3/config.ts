import { z } from 'zod';
import type { MobileBlocks, MobileStage } from '../../blocks/mobile-trunk.ts';
import { paddings } from '../../blocks/padded-conv.ts';

/** A MobileNetV3 configuration: one of two layouts, its width and depth scaled. */
export const mobilenetv3Schema = z.strictObject({
  layout: z.enum(['large', 'small']).describe('which of the published layouts'),
  width: z
    .number()
    .positive()
    .describe('multiplies the channels, which are rounded to multiples of 8; the stem only from 0.75, the head never'),
  depth: z.number().positive().default(1).describe('multiplies the blocks of each stage, rounded up'),
  minimal: z
    .boolean()
    .default(false)
    .describe('only 3×3 kernels and ReLU, no squeeze-and-excitation: for hardware without them'),
  padding: z
    .enum(paddings)
    .default('symmetric')
    .describe('symmetric (PyTorch) or same (TensorFlow); weights from the one do not fit the other'),
  epsilon: z.number().positive().default(1e-5).describe('of the batch normalisations; TensorFlow’s weights: 1e-3'),
});

export type MobileNetV3Config = z.output<typeof mobilenetv3Schema>;

/** Repeats, kernel, stride, expansion, channels of inverted residuals; hard-swish unless told. */
const inverted = (
  repeat: number,
  kernel: 3 | 5,
  stride: 1 | 2,
  expand: number,
  channels: number,
  more: Pick<MobileBlocks, 'act' | 'seRatio'> = {},
): MobileBlocks => ({ repeat, kernel, stride, expand, channels, ...more });

const relu = { act: 'relu' } as const;
const se = { seRatio: 0.25 } as const;
const wide = (channels: number): MobileStage => [
  { kind: 'conv', repeat: 1, kernel: 1, stride: 1, expand: 1, channels },
];

/** Howard et al. 2019 (arXiv 1905.02244), tables 1 and 2, in timm's grouping. */
export const mobilenetv3Layouts: Readonly<
  Record<MobileNetV3Config['layout'], { readonly features: number; readonly stages: readonly MobileStage[] }>
> = {
  large: {
    features: 1280,
    stages: [
      [{ kind: 'separable', repeat: 1, kernel: 3, stride: 1, expand: 1, channels: 16, ...relu }],
      [inverted(1, 3, 2, 4, 24, relu), inverted(1, 3, 1, 3, 24, relu)],
      [inverted(3, 5, 2, 3, 40, { ...se, ...relu })],
      [inverted(1, 3, 2, 6, 80), inverted(1, 3, 1, 2.5, 80), inverted(2, 3, 1, 2.3, 80)],
      [inverted(2, 3, 1, 6, 112, se)],
      [inverted(3, 5, 2, 6, 160, se)],
      wide(960),
    ],
  },
  small: {
    features: 1024,
    stages: [
      [{ kind: 'separable', repeat: 1, kernel: 3, stride: 2, expand: 1, channels: 16, ...se, ...relu }],
      [inverted(1, 3, 2, 4.5, 24, relu), inverted(1, 3, 1, 3.67, 24, relu)],
      [inverted(1, 5, 2, 4, 40, se), inverted(2, 5, 1, 6, 40, se)],
      [inverted(2, 5, 1, 3, 48, se)],
      [inverted(3, 5, 2, 6, 96, se)],
      wide(576),
    ],
  },
};

const tensorflow = { padding: 'same', epsilon: 1e-3 } as const;

/** timm's variants (timm/models/mobilenetv3.py). */
export const mobilenetv3Variants: Readonly<Record<string, z.input<typeof mobilenetv3Schema>>> = {
  mobilenetv3_large_075: { layout: 'large', width: 0.75 },
  mobilenetv3_large_100: { layout: 'large', width: 1 },
  mobilenetv3_large_150d: { layout: 'large', width: 1.5, depth: 1.2 },
  mobilenetv3_small_050: { layout: 'small', width: 0.5 },
  mobilenetv3_small_075: { layout: 'small', width: 0.75 },
  mobilenetv3_small_100: { layout: 'small', width: 1 },
  tf_mobilenetv3_large_075: { layout: 'large', width: 0.75, ...tensorflow },
  tf_mobilenetv3_large_100: { layout: 'large', width: 1, ...tensorflow },
  tf_mobilenetv3_large_minimal_100: { layout: 'large', width: 1, minimal: true, ...tensorflow },
  tf_mobilenetv3_small_075: { layout: 'small', width: 0.75, ...tensorflow },
  tf_mobilenetv3_small_100: { layout: 'small', width: 1, ...tensorflow },
  tf_mobilenetv3_small_minimal_100: { layout: 'small', width: 1, minimal: true, ...tensorflow },
};
