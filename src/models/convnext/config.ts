import { z } from 'zod';
import { count, listOf } from '../configuration.ts';

/** A ConvNeXt configuration: blocks and channels of the four stages. */
export const convnextSchema = z.strictObject({
  depths: listOf(count).describe('blocks of each stage'),
  widths: listOf(count).describe('channels of each stage'),
  mlp: z
    .enum(['conv', 'linear'])
    .describe(
      'how the MLP’s weights are kept, and so how it computes: conv [out, in, 1, 1] on the grid, linear [out, in] on tokens',
    ),
  grn: z.boolean().default(false).describe('global response normalisation in the MLP, in place of LayerScale (V2)'),
  layerScale: z.number().default(1e-6).describe('first value of LayerScale'),
  kernel: count.default(7).describe('side of the depthwise convolutions, odd'),
  headNormFirst: z.boolean().default(false).describe('normalise before the pixels are averaged (norm_pre), not after'),
});

export type ConvNextConfig = z.output<typeof convnextSchema>;

const atto = { depths: [2, 2, 6, 2], widths: [40, 80, 160, 320], mlp: 'conv' } as const;
const femto = { depths: [2, 2, 6, 2], widths: [48, 96, 192, 384], mlp: 'conv' } as const;
const pico = { depths: [2, 2, 6, 2], widths: [64, 128, 256, 512], mlp: 'conv' } as const;
const nano = { depths: [2, 2, 8, 2], widths: [80, 160, 320, 640], mlp: 'conv' } as const;
const tiny = { depths: [3, 3, 9, 3], widths: [96, 192, 384, 768], mlp: 'linear' } as const;

/** timm's names and layouts (timm/models/convnext.py); atto to nano are timm's own sizes of V1. */
export const convnextVariants: Readonly<Record<string, z.input<typeof convnextSchema>>> = {
  convnext_atto: atto,
  convnext_femto: femto,
  convnext_pico: pico,
  convnext_nano: nano,
  convnext_tiny: tiny,
  convnext_tiny_hnf: { ...tiny, mlp: 'conv', headNormFirst: true },
  convnextv2_atto: { ...atto, grn: true },
  convnextv2_femto: { ...femto, grn: true },
  convnextv2_pico: { ...pico, grn: true },
  convnextv2_nano: { ...nano, grn: true },
  convnextv2_tiny: { ...tiny, grn: true },
};
