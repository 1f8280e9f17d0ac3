import type { MixerKind } from '../../blocks/mixer.ts';

export interface EfficientFormerV2Config {
  /** Channels of the four stages. */
  readonly widths: readonly number[];
  /** Blocks of the four stages. */
  readonly depths: readonly number[];
  /** How many of the last blocks of stages 3 and 4 mix by attention. */
  readonly attentionBlocks: number;
  /** Hidden width of each block's MLP as a multiple of the stage's; one number for a whole stage. */
  readonly mlpRatios: readonly (number | readonly number[])[];
  /** First value of LayerScale on every residual. */
  readonly layerScale?: number;
  /** What mixes the attention blocks' grids; default `mha`, which here is EfficientFormerV2's own attention. */
  readonly mixer?: MixerKind;
}

/** timm's names and sizes (efficientformer_v2.py). */
export const efficientFormerV2Variants: Readonly<Record<string, EfficientFormerV2Config>> = {
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
