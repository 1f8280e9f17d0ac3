import { z } from 'zod';
import { count, mixerKind } from '../configuration.ts';

/** A vision transformer's configuration. */
export const vitSchema = z.strictObject({
  patch: count.describe('side of a patch in pixels'),
  width: count.describe('channels of a token'),
  depth: count.describe('blocks'),
  heads: count.describe('attention heads'),
  mlpRatio: z.number().positive().default(4).describe('hidden width of the MLPs over the width'),
  pool: z
    .enum(['token', 'mean'])
    .optional()
    .describe('what the classifier reads: the class token, or (timm’s global_pool=avg, without class token) the mean'),
  distilled: z
    .boolean()
    .default(false)
    .describe('a second token and head, trained by distillation (DeiT); the logits are the mean of both heads'),
  embedClass: z
    .boolean()
    .default(true)
    .describe('whether the class token has a position embedding too; DeiT-III has none for it'),
  layerScale: z.number().optional().describe('first value of LayerScale (DeiT-III); none without it'),
  mixer: mixerKind
    .default('mha')
    .describe('what mixes tokens; any other than mha takes a plain grid, so that pool is then mean'),
});

export type VitConfig = z.output<typeof vitSchema>;

const tiny = { patch: 16, width: 192, depth: 12, heads: 3 };
const small = { patch: 16, width: 384, depth: 12, heads: 6 };

/** timm's names (timm/models/vision_transformer.py and deit.py); the number at the end is the size they were trained at. */
export const vitVariants: Readonly<Record<string, z.input<typeof vitSchema>>> = {
  vit_tiny_patch16_224: tiny,
  vit_small_patch16_224: small,
  vit_small_patch32_224: { ...small, patch: 32 },
  deit_tiny_patch16_224: tiny,
  deit_small_patch16_224: small,
  deit_tiny_distilled_patch16_224: { ...tiny, distilled: true },
  deit_small_distilled_patch16_224: { ...small, distilled: true },
  deit3_small_patch16_224: { ...small, embedClass: false, layerScale: 1e-6 },
};
