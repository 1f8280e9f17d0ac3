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

/** Table 1 of the paper. */
const sizes = {
  s: { width: 384, depth: 12, heads: 6 },
  b: { width: 768, depth: 12, heads: 12 },
  l: { width: 1024, depth: 24, heads: 16 },
  xl: { width: 1152, depth: 28, heads: 16 },
} as const;

const official = Object.entries(sizes).flatMap(([size, config]) =>
  [2, 4, 8].map((patch) => [`dit-${size}-${patch}`, { ...config, patch }] as const),
);

/**
 * The official sizes, `dit-<size>-<patch>`. The small ones are ours, for pictures of 32 to 64 pixels: at 48, `dit-nano` has as many
 * multiply-adds as `ascan-unet-nano`.
 */
export const ditVariants: Readonly<Record<string, z.input<typeof ditSchema>>> = {
  'dit-nano': { patch: 4, width: 64, depth: 4, heads: 2 },
  'dit-micro': { patch: 4, width: 128, depth: 6, heads: 4 },
  ...Object.fromEntries(official),
};
