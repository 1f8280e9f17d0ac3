import { smallBranch } from '../src/models/dynamic-perceiver/config.ts';

/** Branches of latents beside MobileNetV2. */

/**
 * The latents read early maps, wider than those are, and do not write to them: what was learned on ImageNet stays as it is, and the
 * first exit lies behind a third of the work.
 */
export const early = {
  ...smallBranch,
  widths: [32, 48, 64, 96],
  z2x: false,
  lastZ2x: false,
  places: ['blocks.1.1', 'blocks.2', 'blocks.2.1', 'blocks.4'],
};
/** A branch with half as many operators: at batch 1 each costs more than its arithmetic. */
export const light = {
  ...early,
  latents: 64,
  layers: [0, 1, 1, 1],
  heads: [1, 1, 1, 1],
  widths: [32, 48, 96, 128],
  x2z: [2, 3, 4],
};
/** And with a quarter: the latents are only given a map to read at the stage of the first exit. */
export const lightest = { ...light, latents: 32, layers: [0, 0, 1, 1], x2z: [3, 4] };
