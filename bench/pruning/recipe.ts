import { recipe as augmentation } from '../../src/data/augment/recipe.ts';
import type { Preprocessing } from '../../src/data/preprocess.ts';

/** What both sides do; peer.py reads it from the file that `start` writes. */
export const recipe = {
  set: 'x-sdd',
  model: 'tf_mobilenetv2_100',
  size: 128,
  vflip: 0.5,
  hflip: 0.5,
  crop: { scale: [0.5, 1] as [number, number], ratio: [3 / 4, 4 / 3] as [number, number] },
  jitter: { brightness: 0.1, contrast: 0.1 },
  norm: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as Pick<Preprocessing, 'mean' | 'std'>,
  batch: 32,
  lr: 1e-3,
  minLr: 1e-5,
  warmup: 0.5,
  weightDecay: 0.05,
  clip: 1,
  ema: 0.95,
  labelSmoothing: 0,
  /** Epochs before pruning, and to recover. */
  before: 5,
  epochs: 2,
  /** Share of the multiply-adds that stays, and what the channels of a layer are a multiple of. */
  macs: 0.5,
  block: 8,
} as const;

/** How channels are chosen: what they are worth. They are compared all over the network. */
export const ways = {
  magnitude: { criterion: 'magnitude' },
  taylor: { criterion: 'taylor' },
} as const;
export type WayName = keyof typeof ways;

/** The dense network's training, for a seed. */
export function startOf(seed: number) {
  const { model, size, norm, crop, jitter, hflip, vflip, before } = recipe;
  const { batch, lr, minLr, warmup, weightDecay, clip, ema, labelSmoothing } = recipe;
  return {
    model,
    size,
    preprocessing: norm,
    recipe: augmentation({
      crop: { scale: [...crop.scale], ratio: [...crop.ratio] },
      hflip,
      vflip,
      jitter,
      labelSmoothing,
    }),
    train: {
      epochs: before,
      batch,
      lr,
      minLr,
      warmup,
      weightDecay,
      clip,
      ema,
      seed,
      threads: 1,
      checkpointSeconds: 600,
    },
  };
}
