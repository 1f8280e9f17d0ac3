/** A ConvNeXt configuration: blocks and channels of the four stages. */
export interface ConvNextConfig {
  readonly depths: readonly number[];
  readonly widths: readonly number[];
  /** How the MLP's weights are kept, and so how it computes: `conv` [out, in, 1, 1] on the grid, `linear` [out, in] on tokens. */
  readonly mlp: 'conv' | 'linear';
  /** Global response normalisation in the MLP, in place of LayerScale (V2). */
  readonly grn?: boolean;
  /** First value of LayerScale; default 1e-6. */
  readonly layerScale?: number;
  /** Side of the depthwise convolutions; default 7. */
  readonly kernel?: number;
  /** Normalise before the pixels are averaged (`norm_pre`) and not after. */
  readonly headNormFirst?: boolean;
}

const atto = { depths: [2, 2, 6, 2], widths: [40, 80, 160, 320], mlp: 'conv' } as const;
const femto = { depths: [2, 2, 6, 2], widths: [48, 96, 192, 384], mlp: 'conv' } as const;
const pico = { depths: [2, 2, 6, 2], widths: [64, 128, 256, 512], mlp: 'conv' } as const;
const nano = { depths: [2, 2, 8, 2], widths: [80, 160, 320, 640], mlp: 'conv' } as const;
const tiny = { depths: [3, 3, 9, 3], widths: [96, 192, 384, 768], mlp: 'linear' } as const;

/** timm's names and layouts (timm/models/convnext.py); atto to nano are timm's own sizes of V1. */
export const convnextVariants: Readonly<Record<string, ConvNextConfig>> = {
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
