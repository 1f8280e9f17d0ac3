import { z } from 'zod';
import { count, listOf, mixerKind } from '../configuration.ts';

/** A Hiera configuration; the lists have one entry a stage. */
export const hieraSchema = z.strictObject({
  widths: listOf(count).describe('channels of each stage'),
  heads: listOf(count).describe('attention heads of each stage'),
  depths: listOf(count).describe('blocks of each stage'),
  local: listOf(z.boolean()).describe(
    'whether attention stays inside mask units, in each stage; a stage’s first block does as the stage before',
  ),
  mlpRatios: listOf(z.number().positive())
    .optional()
    .describe('hidden width of the MLPs over the stage’s width; left out: 4 everywhere'),
  qPool: z
    .int()
    .min(0)
    .optional()
    .describe('how many stages, from the second on, begin with a pooling by 2×2; left out: all'),
  patchKernel: count.default(7).describe('side of the patch convolution, odd; its stride is 4'),
  mixer: mixerKind
    .default('mha')
    .describe('what mixes tokens in global stages; blocks that pool or change the width keep mask-unit attention'),
});

export type HieraConfig = z.output<typeof hieraSchema>;
type HieraVariant = z.input<typeof hieraSchema>;

const local = [true, true, false, false];
const doubling = (width: number, heads: number, depths: readonly number[]): HieraVariant => ({
  widths: depths.map((_, i) => width * 2 ** i),
  heads: depths.map((_, i) => heads * 2 ** i),
  depths,
  local,
});

/** timm/models/hiera.py. */
export const hieraVariants: Readonly<Record<string, HieraVariant>> = {
  hiera_tiny_224: doubling(96, 1, [1, 2, 7, 2]),
  hiera_small_224: doubling(96, 1, [1, 2, 11, 2]),
  hiera_base_224: doubling(96, 1, [2, 3, 16, 3]),
  hiera_base_plus_224: doubling(112, 2, [2, 3, 16, 3]),
  hiera_large_224: doubling(144, 2, [2, 6, 36, 4]),
};

/**
 * TurboViT (Wong et al. 2023, arXiv 2308.11421). RECONSTRUCTIONS, NOT THE PAPER'S NETWORK: its widths, heads and depths were never
 * published. These agree with what was: mask-unit attention, three Q-poolings, most blocks after the second, at most 12.7 M
 * parameters and about 2.2 GMACs (papers/turbovit.md §1 and §3). r1 is Hiera-T at two thirds of its width; r2 and r3 narrow after
 * the first stage, as the search is said to have found.
 */
export const turbovitVariants: Readonly<Record<string, HieraVariant>> = {
  turbovit_r1: doubling(64, 1, [1, 2, 7, 2]),
  turbovit_r2: { widths: [112, 48, 240, 544], heads: [2, 1, 4, 8], depths: [1, 2, 7, 2], local },
  turbovit_r3: { widths: [96, 80, 240, 544], heads: [2, 2, 4, 8], depths: [1, 2, 7, 2], local },
};
