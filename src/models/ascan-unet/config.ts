import { z } from 'zod';
import { count, listOf } from '../configuration.ts';

/** A UNet of AsCAN's conditioned C and T blocks. */
export const ascanUnetSchema = z.strictObject({
  patch: count.default(1).describe('side of the squares of pixels that become one cell of the first map'),
  fine: z
    .int()
    .min(0)
    .default(0)
    .describe('channels of a C block that sees single pixels behind the way up, where a cell has several; 0: none'),
  widths: listOf(count).describe('channels of each stage on the way down, the same on the way up'),
  layout: z.string().describe('blocks of each stage on the way down, C convolution and T attention, e.g. CCC|CCT|CTT'),
  mid: z.string().default('').describe('blocks between the ways down and up, e.g. T; empty: none'),
  expand: z.number().positive().default(4).describe('hidden width of a C block over its channels'),
  groups: count.default(32).describe('groups of the normalisation in C blocks, or as many of them as divide the width'),
  headDim: count.default(64).describe('channels of one attention head'),
  mlpRatio: z.number().positive().default(4).describe('hidden width of a T block’s MLP over its channels'),
  condition: count.default(1024).describe('width of the vector that tells every block the time and the class'),
});

export type AscanUnetConfig = z.output<typeof ascanUnetSchema>;

const layout = 'CCC|CCT|CTT';

/**
 * `ascan-unet` is papers/ascan.md §5: its layout and widths are our reconstruction, not the paper's table. The small ones are ours,
 * for pictures of 64 pixels on an old PC.
 */
export const ascanUnetVariants: Readonly<Record<string, z.input<typeof ascanUnetSchema>>> = {
  'ascan-unet-nano': {
    patch: 4,
    fine: 16,
    groups: 8,
    widths: [32, 64, 128],
    layout: 'CC|CT|TT',
    expand: 2,
    headDim: 32,
    condition: 128,
  },
  'ascan-unet-micro': { patch: 2, widths: [32, 64, 128], layout, expand: 2, headDim: 32, condition: 128 },
  'ascan-unet-small': { patch: 2, widths: [64, 128, 256], layout, headDim: 32, condition: 256 },
  'ascan-unet': { widths: [256, 512, 1024], layout },
};
