import { z } from 'zod';
import { count } from '../configuration.ts';

/** A DiT: transformer blocks over patches, told time and class. */
export const ditSchema = z.strictObject({
  patch: count.default(2).describe('side of a patch, in pixels'),
  width: count.describe('channels of a token'),
  depth: count.describe('number of blocks'),
  heads: count.describe('attention heads'),
  mlpRatio: z.number().positive().default(4).describe('hidden width of a block’s MLP over its channels'),
});

export type DitConfig = z.output<typeof ditSchema>;

/** The official sizes (the number is the patch); micro is ours. */
export const ditVariants: Readonly<Record<string, z.input<typeof ditSchema>>> = {
  'dit-micro': { patch: 4, width: 128, depth: 6, heads: 4 },
  'dit-s-2': { width: 384, depth: 12, heads: 6 },
  'dit-s-4': { width: 384, depth: 12, heads: 6, patch: 4 },
  'dit-b-2': { width: 768, depth: 12, heads: 12 },
  'dit-b-4': { width: 768, depth: 12, heads: 12, patch: 4 },
  'dit-xl-2': { width: 1152, depth: 28, heads: 16 },
};
