import { z } from 'zod';
import { count, listOf, mixerKind } from '../configuration.ts';

const ratio = z.number().positive();

export const efficientFormerV2Schema = z.strictObject({
  widths: listOf(count).describe('channels of the four stages'),
  depths: listOf(count).describe('blocks of the four stages'),
  attentionBlocks: z.int().min(0).describe('how many of the last blocks of stages 3 and 4 mix by attention'),
  mlpRatios: listOf(z.union([ratio, listOf(ratio)], { error: 'a number above 0, or a list of them' })).describe(
    'hidden width of each block’s MLP over the stage’s, in each stage: a list, or one number for all its blocks',
  ),
  layerScale: z.number().default(1e-5).describe('first value of LayerScale on every residual'),
  mixer: mixerKind
    .default('mha')
    .describe('what mixes the attention blocks’ grids; mha is EfficientFormerV2’s own attention'),
});

export type EfficientFormerV2Config = z.output<typeof efficientFormerV2Schema>;

/** timm's names and sizes (efficientformer_v2.py). */
export const efficientFormerV2Variants: Readonly<Record<string, z.input<typeof efficientFormerV2Schema>>> = {
  efficientformerv2_s0: {
    widths: [32, 48, 96, 176],
    depths: [2, 2, 6, 4],
    attentionBlocks: 2,
    mlpRatios: [4, 4, [4, 3, 3, 3, 4, 4], [4, 3, 3, 4]],
  },
  efficientformerv2_s1: {
    widths: [32, 48, 120, 224],
    depths: [3, 3, 9, 6],
    attentionBlocks: 2,
    mlpRatios: [4, 4, [4, 4, 3, 3, 3, 3, 4, 4, 4], [4, 4, 3, 3, 4, 4]],
  },
  efficientformerv2_s2: {
    widths: [32, 64, 144, 288],
    depths: [4, 4, 12, 8],
    attentionBlocks: 4,
    mlpRatios: [4, 4, [4, 4, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4], [4, 4, 3, 3, 3, 3, 4, 4]],
  },
  efficientformerv2_l: {
    widths: [40, 80, 192, 384],
    depths: [5, 5, 15, 10],
    attentionBlocks: 6,
    mlpRatios: [4, 4, [4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4], [4, 4, 4, 3, 3, 3, 3, 4, 4, 4]],
  },
};
