import { z } from 'zod';
import { activation, count, listOf } from '../configuration.ts';

/** A RegNetY configuration: width and number of blocks of each stage. */
export const regnetSchema = z.strictObject({
  widths: listOf(count).describe('channels of each stage'),
  depths: listOf(count).describe('blocks of each stage'),
  group: count.describe('channels of one group of the 3×3 convolutions; divides every width'),
  stem: count.default(32).describe('channels of the stem'),
  seRatio: z
    .number()
    .min(0)
    .default(0.25)
    .describe('squeeze-and-excitation’s inner width as a share of the block’s input channels; 0: none (RegNetX)'),
  act: activation.default('relu').describe('activation'),
});

export type RegNetConfig = z.output<typeof regnetSchema>;

/**
 * timm's variants (timm/models/regnet.py), written out: widths and depths follow from the paper's four numbers for each network
 * (Radosavovic et al. 2020, arXiv 2003.13678), but by roundings in which implementations differ. `_tv` has torchvision's.
 */
export const regnetVariants: Readonly<Record<string, z.input<typeof regnetSchema>>> = {
  regnety_002: { widths: [24, 56, 152, 368], depths: [1, 1, 4, 7], group: 8 },
  regnety_004: { widths: [48, 104, 208, 440], depths: [1, 3, 6, 6], group: 8 },
  regnety_006: { widths: [48, 112, 256, 608], depths: [1, 3, 7, 4], group: 16 },
  regnety_008: { widths: [64, 128, 320, 768], depths: [1, 3, 8, 2], group: 16 },
  regnety_008_tv: { widths: [64, 144, 320, 784], depths: [1, 3, 8, 2], group: 16 },
  regnety_016: { widths: [48, 120, 336, 888], depths: [2, 6, 17, 2], group: 24 },
  regnety_032: { widths: [72, 216, 576, 1512], depths: [2, 5, 13, 1], group: 24 },
};
