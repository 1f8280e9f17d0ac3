import { check } from '../base/errors.ts';
import { floats } from '../base/floats.ts';
import type { Tensor } from '../base/tensor.ts';
import { numbers } from './maths.ts';
import type { Level, Process } from './process.ts';

/** A picture that others begin as, where they are not made of noise alone. */
export interface Origin {
  /** [channels, height, width], normalised as the pictures that were trained on. */
  readonly picture: Tensor<'float32'>;
  /** [height, width]: 1 where it is made anew, 0 where it stays as it is. Without a mask all of it is made anew. */
  readonly mask?: Tensor<'float32'>;
  /** How much is made anew: the noise's share of what sampling begins with, above 0 … 1. At 1 nothing is left but what a mask keeps. */
  readonly strength: number;
}

/** @throws YosegiError where the picture or the mask has another size than [channels, height, width], or the strength cannot be */
export function checkOrigin({ picture, mask, strength }: Origin, shape: readonly [number, number, number]): void {
  check(strength > 0 && strength <= 1, () => `the strength must be above 0 and at most 1, got ${strength}`);
  check(
    picture.shape.join() === shape.join(),
    () => `a picture to begin with must be [${shape}] as those that the network makes, got [${picture.shape}]`,
  );
  if (!mask) return;
  const [, height, width] = shape;
  check(
    mask.shape.join() === `${height},${width}`,
    () => `the mask must be as large as the picture, [${height},${width}], got [${mask.shape}]`,
  );
  check(mask.data.some(Boolean), 'the mask keeps the whole picture: make what is to be made anew white (1)');
}

/**
 * The levels of sampling. From a picture only as many of the steps are taken as the strength says, beginning where the noise has that
 * share (SDEdit, Meng et al. 2022, arXiv 2108.01073).
 */
export function levelsFrom(process: Process, steps: number, origin?: Origin): Level<number>[] {
  const { strength } = origin ?? { strength: 1 };
  const times = process.times(Math.max(1, Math.round(steps * strength)), strength);
  return times.map((time) => process.levelAt(numbers, time));
}

/** What sampling begins with, for `noise` [channels · height · width] of deviation 1. */
export function beginning(noise: Float32Array, level: Level<number>, origin?: Origin): Float32Array {
  if (!origin) return floats(noise.length, (k) => level.noise * noise[k]!);
  const { picture, mask, strength } = origin;
  const left = strength < 1 ? level.signal : 0;
  const kept = keptBy(mask);
  return floats(noise.length, (k) => (kept(k) ? level.signal : left) * picture.data[k]! + level.noise * noise[k]!);
}

/**
 * Puts what the mask keeps into pictures that are estimated, one after the other. A sampler then goes on with that part under the noise that
 * it began with, whatever kind it is: it is noised anew at each step, as RePaint does (Lugmayr et al., CVPR 2022, arXiv 2201.09865,
 * algorithm 1, without its resampling), but always with the same noise, since nothing is drawn here on the way. The last estimate is the
 * picture that comes out: what is kept is the same to the bit.
 */
export function keep(pictures: Float32Array, { picture, mask }: Origin): Float32Array {
  if (!mask) return pictures;
  const each = picture.data.length;
  const kept = keptBy(mask);
  return floats(pictures.length, (k) => (kept(k % each) ? picture.data[k % each]! : pictures[k]!));
}

/** Whether the mask keeps a value of a picture. */
function keptBy(mask: Tensor<'float32'> | undefined): (k: number) => boolean {
  if (!mask) return () => false;
  const { data } = mask;
  return (k) => data[k % data.length] === 0;
}
