import type { MixerKind } from '../../blocks/mixer.ts';

/** A Hiera configuration; the lists have one entry a stage. */
export interface HieraConfig {
  readonly widths: readonly number[];
  readonly heads: readonly number[];
  /** Blocks. */
  readonly depths: readonly number[];
  /** Whether attention stays inside mask units. The first block of a stage does as the stage before (it still pools). */
  readonly local: readonly boolean[];
  /** Hidden width of the MLPs over the stage's width; default 4 everywhere. */
  readonly mlpRatios?: readonly number[];
  /** How many stages, from the second on, begin with a pooling by 2×2; default all. */
  readonly qPool?: number;
  /** Side of the patch convolution, odd; its stride is 4. Default 7. */
  readonly patchKernel?: number;
  /** What mixes tokens in global stages; default `mha`. Blocks that pool or change the width keep mask-unit attention. */
  readonly mixer?: MixerKind;
}

const local = [true, true, false, false];
const doubling = (width: number, heads: number, depths: readonly number[]): HieraConfig => ({
  widths: depths.map((_, i) => width * 2 ** i),
  heads: depths.map((_, i) => heads * 2 ** i),
  depths,
  local,
});

/** timm/models/hiera.py. */
export const hieraVariants: Readonly<Record<string, HieraConfig>> = {
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
export const turbovitVariants: Readonly<Record<string, HieraConfig>> = {
  turbovit_r1: doubling(64, 1, [1, 2, 7, 2]),
  turbovit_r2: { widths: [112, 48, 240, 544], heads: [2, 1, 4, 8], depths: [1, 2, 7, 2], local },
  turbovit_r3: { widths: [96, 80, 240, 544], heads: [2, 2, 4, 8], depths: [1, 2, 7, 2], local },
};
