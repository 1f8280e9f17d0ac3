import type { MixerKind } from '../../blocks/mixer.ts';

/** A vision transformer's configuration. */
export interface VitConfig {
  /** Side of a patch in pixels. */
  readonly patch: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly mlpRatio?: number;
  /** What the classifier reads: the class token, or (timm's `global_pool='avg'`, without class token) the mean. */
  readonly pool?: 'token' | 'mean';
  /** A second token and head, trained by distillation (DeiT); the logits are the mean of both heads. */
  readonly distilled?: boolean;
  /** Whether the class token has a position embedding too; DeiT-III has none for it. Default true. */
  readonly embedClass?: boolean;
  /** First value of LayerScale (DeiT-III); none without it. */
  readonly layerScale?: number;
  /** What mixes tokens; any other than `mha` takes a plain grid, so `pool` is then `mean`. */
  readonly mixer?: MixerKind;
}

const tiny = { patch: 16, width: 192, depth: 12, heads: 3 };
const small = { patch: 16, width: 384, depth: 12, heads: 6 };

/** timm's names (timm/models/vision_transformer.py and deit.py); the number at the end is the size they were trained at. */
export const vitVariants: Readonly<Record<string, VitConfig>> = {
  vit_tiny_patch16_224: tiny,
  vit_small_patch16_224: small,
  vit_small_patch32_224: { ...small, patch: 32 },
  deit_tiny_patch16_224: tiny,
  deit_small_patch16_224: small,
  deit_tiny_distilled_patch16_224: { ...tiny, distilled: true },
  deit_small_distilled_patch16_224: { ...small, distilled: true },
  deit3_small_patch16_224: { ...small, embedClass: false, layerScale: 1e-6 },
};
