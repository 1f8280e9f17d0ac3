import { z } from 'zod';
import { activation, count, listOf, mixerKind } from '../configuration.ts';

/** An AsCAN configuration: a stem and stages of blocks C (FusedMBConv) and T (transformer). */
export const ascanSchema = z.strictObject({
  stem: count.describe('channels of the stem'),
  widths: listOf(count).describe('channels of each stage'),
  layout: z.string().describe('blocks of each stage, C convolution and T attention, e.g. CC|CCCT|CCTT|CTTT'),
  expand: z.number().positive().default(4).describe('hidden width of a C block over its channels'),
  expandFrom: z
    .enum(['out', 'in'])
    .default('out')
    .describe('whose channels `expand` multiplies: the block’s own (out) or those before it (in)'),
  act: activation.default('silu').describe('activation of C blocks'),
  stemAct: activation.optional().describe('activation of the stem; left out: that of C blocks'),
  seRatio: z.number().min(0).max(1).default(0).describe('squeeze-and-excitation’s share of the channels; 0: none'),
  headDim: count.default(32).describe('channels of one attention head'),
  relPos: z.boolean().default(true).describe('attention learns a bias for every offset between two tokens'),
  mlpRatio: z.number().positive().default(4).describe('hidden width of a T block’s MLP over its channels'),
  mixer: mixerKind.default('mha').describe('what mixes tokens in T blocks'),
});

export type AscanConfig = z.output<typeof ascanSchema>;

const asymmetric = 'CC|CCCT|CCTT|CTTT';
const tinyWidths = [96, 192, 384, 768];

/**
 * Block placements at equal numbers of blocks: the grid that shows what the asymmetry is worth. Our reconstruction of the paper's
 * ablation (papers/ascan.md §2), not its table.
 */
const ablationLayouts = {
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
export const ascanVariants: Readonly<Record<string, z.input<typeof ascanSchema>>> = {
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
