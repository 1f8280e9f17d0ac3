import type { MixerKind } from '../../blocks/mixer.ts';

export interface EfficientFormerConfig {
  /** Channels of the four stages. */
  readonly widths: readonly number[];
  /** Blocks of the four stages. */
  readonly depths: readonly number[];
  /** How many of the last stage's blocks, its last ones, mix tokens by attention (3-D blocks); the others average (4-D blocks). */
  readonly attentionBlocks: number;
  readonly mlpRatio?: number;
  /** First value of LayerScale on every residual. */
  readonly layerScale?: number;
  /** What mixes tokens in 3-D blocks; default `mha`, which here is EfficientFormer's own attention. */
  readonly mixer?: MixerKind;
}

/** timm's names and sizes (efficientformer.py). */
export const efficientFormerVariants: Readonly<Record<string, EfficientFormerConfig>> = {
  efficientformer_l1: { widths: [48, 96, 224, 448], depths: [3, 2, 6, 4], attentionBlocks: 1 },
  efficientformer_l3: { widths: [64, 128, 320, 512], depths: [4, 4, 12, 6], attentionBlocks: 4 },
  efficientformer_l7: { widths: [96, 192, 384, 768], depths: [6, 6, 18, 8], attentionBlocks: 8 },
};
