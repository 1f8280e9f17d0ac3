import type { Overrides } from '../registry.ts';

/** A variant made small enough to train for a moment. */
export interface Small {
  readonly variant: string;
  /** Side of the input in pixels; default 64. */
  readonly size?: number;
  readonly overrides?: Overrides;
  /** Learning rate after the warm-up; default 1e-3. */
  readonly rate?: number;
  /** Another mixer than the family's own, for the families that take one; default `mrl`. */
  readonly mixer?: string;
}

/** For tests: a small variant of each family, by the family's name. */
export const small: Readonly<Record<string, Small>> = {
  ascan: {
    variant: 'ascan-micro',
    overrides: { stem: 8, widths: [8, 16, 24, 32], layout: 'C|CT|CT|CT', headDim: 8 },
  },
  convnext: { variant: 'convnext_atto', overrides: { depths: [1, 1, 2, 1], widths: [8, 16, 24, 32] } },
  'dynamic-perceiver': { variant: 'ascan-micro-perceiver', overrides: { latents: 16, layers: [1, 1, 1, 1] } },
  efficientformer: {
    variant: 'efficientformer_l1',
    overrides: { widths: [16, 24, 32, 48], depths: [1, 1, 1, 2], attentionBlocks: 1, layerScale: 1 },
  },
  efficientformerv2: {
    variant: 'efficientformerv2_s0',
    overrides: {
      widths: [8, 16, 16, 24],
      depths: [1, 1, 2, 2],
      attentionBlocks: 1,
      mlpRatios: [2, 2, [2, 2], [2, 2]],
      layerScale: 1,
    },
  },
  hiera: {
    variant: 'hiera_tiny_224',
    rate: 5e-4,
    overrides: { widths: [8, 16, 32, 64], heads: [1, 2, 4, 8], depths: [1, 1, 2, 2] },
  },
  turbovit: {
    variant: 'turbovit_r2',
    overrides: { widths: [16, 8, 24, 40], heads: [2, 1, 3, 5], depths: [1, 2, 2, 2] },
  },
  mobilenetv2: { variant: 'mobilenetv2_035', overrides: { depth: 0.3 } },
  mobilenetv3: { variant: 'mobilenetv3_small_050' },
  'mobilenetv3-torchvision': { variant: 'tv_mobilenetv3_large_050', overrides: { width: 0.25 } },
  mrl: {
    variant: 'mrl_13',
    rate: 3e-3,
    overrides: { widths: [8, 12, 24], heads: [1, 3, 4], depths: [1, 2, 2], localGroups: [1, 3, 8] },
    mixer: 'mha',
  },
  regnet: {
    variant: 'regnety_002',
    rate: 3e-3,
    overrides: { stem: 16, widths: [16, 24, 40, 64], depths: [1, 1, 2, 1] },
  },
  resnet: { variant: 'resnet18', overrides: { width: 0.25 } },
  'resnet-cifar': { variant: 'resnet20', size: 32, rate: 1e-2, overrides: { depth: 1 } },
  vit: { variant: 'vit_tiny_patch16_224', overrides: { width: 96, depth: 2 } },
};
