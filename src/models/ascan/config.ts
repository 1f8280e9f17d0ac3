import type { MixerKind } from '../../blocks/mixer.ts';
import type { Activation } from '../../nn/layers.ts';

/** An AsCAN configuration: a stem and stages of blocks C (FusedMBConv) and T (transformer). */
export interface AscanConfig {
  readonly stem: number;
  readonly widths: readonly number[];
  /** One word a stage, e.g. `CC|CCCT|CCTT|CTTT`; every stage begins with C. */
  readonly layout: string;
  readonly expand?: number;
  readonly expandFrom?: 'out' | 'in';
  readonly act?: Activation;
  readonly stemAct?: Activation;
  /** Squeeze-and-excitation ratio; 0 for none. */
  readonly seRatio?: number;
  readonly headDim?: number;
  readonly relPos?: boolean;
  readonly mlpRatio?: number;
  /** What mixes tokens in block T; default `mha`. */
  readonly mixer?: MixerKind;
}

const asymmetric = 'CC|CCCT|CCTT|CTTT';
const tinyWidths = [96, 192, 384, 768];

/**
 * Block placements at equal numbers of blocks: the grid that shows what the asymmetry is worth. Our reconstruction of the paper's
 * ablation (papers/ascan.md §2), not its table.
 */
export const ablationLayouts = {
  symmetric: 'CC|CCTT|CCTT|CCTT',
  convolution: 'CC|CCCC|CCCC|CCCC',
  'convolution-then-attention': 'CC|CCCC|TTTT|TTTT',
  interleaved: 'CC|CTCT|CTCT|CTCT',
  asymmetric,
  reverse: 'CC|CTTT|CCTT|CCCT',
  'late-only': 'CC|CCCC|CCCT|CTTT',
} as const;

/**
 * tiny, base and large are reconstructed from the description in Kag et al., NeurIPS 2024 (papers/ascan.md §3.4; no code or
 * weights were released). nano and micro are ours, for old PCs.
 */
export const ascanVariants: Readonly<Record<string, AscanConfig>> = {
  'ascan-micro': { stem: 16, widths: [16, 32, 96, 160], layout: 'C|CCT|CCT|CT', act: 'relu' },
  'ascan-nano': { stem: 32, widths: [32, 64, 128, 256], layout: asymmetric },
  'ascan-tiny': { stem: 64, widths: tinyWidths, layout: asymmetric },
  'ascan-base': { stem: 64, widths: [128, 256, 512, 1024], layout: asymmetric },
  'ascan-large': { stem: 64, widths: [160, 320, 640, 1280], layout: asymmetric },
  ...Object.fromEntries(
    Object.entries(ablationLayouts).map(([name, layout]) => [
      `ascan-nano-${name}`,
      { stem: 32, widths: [32, 64, 128, 256], layout },
    ]),
  ),
};
