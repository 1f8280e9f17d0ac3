import { z } from 'zod';
import { count, listOf, mixerKind } from '../configuration.ts';

export const efficientFormerSchema = z.strictObject({
  widths: listOf(count).describe('channels of the four stages'),
  depths: listOf(count).describe('blocks of the four stages'),
  attentionBlocks: z
    .int()
    .min(0)
    .describe(
      'how many of the last stage’s blocks, its last ones, mix tokens by attention (3-D blocks); the others average (4-D)',
    ),
  mlpRatio: z.number().positive().default(4).describe('hidden width of the MLPs over the width'),
  layerScale: z.number().default(1e-5).describe('first value of LayerScale on every residual'),
  mixer: mixerKind.default('mha').describe('what mixes tokens in 3-D blocks; mha is EfficientFormer’s own attention'),
});

export type EfficientFormerConfig = z.output<typeof efficientFormerSchema>;

/** timm's names and sizes (efficientformer.py). */
export const efficientFormerVariants: Readonly<Record<string, z.input<typeof efficientFormerSchema>>> = {
  efficientformer_l1: { widths: [48, 96, 224, 448], depths: [3, 2, 6, 4], attentionBlocks: 1 },
  efficientformer_l3: { widths: [64, 128, 320, 512], depths: [4, 4, 12, 6], attentionBlocks: 4 },
  efficientformer_l7: { widths: [96, 192, 384, 768], depths: [6, 6, 18, 8], attentionBlocks: 8 },
};
