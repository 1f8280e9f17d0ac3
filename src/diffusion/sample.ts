import { check } from '../base/errors.ts';
import { floats } from '../base/floats.ts';
import { random } from '../base/random.ts';
import { f32, i64, sizeOf, type Tensor } from '../base/tensor.ts';
import { beginning, checkOrigin, keep, levelsFrom, type Origin } from './origin.ts';
import { type Level, type Process, shareOf } from './process.ts';
import { type SamplerName, samplerNamed } from './samplers.ts';

/** One call of the network: `image` [N, C, H, W], `time` [N] and `label` [N] give its prediction, [N, C, H, W]. */
export type Predict = (feeds: {
  readonly image: Tensor<'float32'>;
  readonly time: Tensor<'float32'>;
  readonly label: Tensor<'int64'>;
}) => Promise<Tensor<'float32'>>;

/** The same of a network that is told something else than a class. */
export type PredictTold = (
  feeds: { readonly image: Tensor<'float32'>; readonly time: Tensor<'float32'> } & Readonly<Record<string, Tensor>>,
) => Promise<Tensor<'float32'>>;

/** The network's inputs beside picture and time, [rows, …] each: what these of the wanted pictures are told, undefined for nothing. */
export type Told = (rows: readonly (number | undefined)[]) => Readonly<Record<string, Tensor>>;

export interface SampleOptions extends WayOptions {
  /** Classes that the network knows; that number itself stands for none. */
  readonly classes: number;
}

export interface WayOptions {
  readonly process: Process;
  readonly sampler: SamplerName;
  readonly steps: number;
  /** How strongly what is told is followed; 1 takes the network at its word. */
  readonly guidance: number;
  /** Where between noise (1) and picture (0), as the noise's share, the guidance acts. */
  readonly interval: readonly [number, number];
  /** [channels, height, width] of a picture. */
  readonly shape: readonly [number, number, number];
  /** What the pictures begin as; noise alone where it is left out. */
  readonly from?: Origin;
  readonly onStep?: (done: number, of: number) => void;
  /** After each look of the network, in step `step` from 0: what it thinks that the pictures will be, [N, C, H, W]. */
  readonly onLook?: (pictures: Tensor<'float32'>, step: number, of: number) => void | Promise<void>;
}

/** A picture that is wanted. */
export interface Wanted {
  /** Its class, from 0; the number of classes for none. */
  readonly label: number;
  /** What its noise is drawn from: the same seed gives the same picture, whatever else is in the batch. */
  readonly seed: number;
}

export interface Sampled {
  /** [N, C, H, W], normalised as the pictures that were trained on. */
  readonly pictures: Tensor<'float32'>;
  /** How often the network looked at each picture; with guidance, twice a time. */
  readonly evaluations: number;
}

/** The noise that a picture begins as. */
export function noiseOf(seed: number, length: number): Float32Array {
  const rng = random(seed, 'generate');
  return floats(length, () => rng.normal());
}

/** Makes pictures of classes from noise, or from a picture. */
export function sample(predict: Predict, wanted: readonly Wanted[], options: SampleOptions): Promise<Sampled> {
  const { classes } = options;
  const labels = (rows: readonly (number | undefined)[]) =>
    i64(
      [rows.length],
      rows.map((i) => (i === undefined ? classes : wanted[i]!.label)),
    );
  return sampleTold(({ image, time, label }) => predict({ image, time, label: label as Tensor<'int64'> }), wanted, {
    ...options,
    told: (rows) => ({ label: labels(rows) }),
  });
}

/** Makes pictures from noise, or from a picture, with a network that is `told` what they should show. */
export async function sampleTold(
  predict: PredictTold,
  wanted: readonly Pick<Wanted, 'seed'>[],
  options: WayOptions & { readonly told: Told },
): Promise<Sampled> {
  const { process, steps, guidance, interval, shape, told: tell, from, onStep, onLook } = options;
  check(Number.isInteger(steps) && steps >= 1, () => `the number of steps must be at least 1, got ${steps}`);
  if (from) checkOrigin(from, shape);
  const n = wanted.length;
  const each = sizeOf(shape);
  const levels = levelsFrom(process, steps, from);
  const last = levels.length - 1;
  let evaluations = 0;
  const all = wanted.map((_, i) => i);
  const free = wanted.map(() => undefined);
  const look = async (x: Float32Array, level: Level<number>, ask: readonly (number | undefined)[]) => {
    const copies = ask.length / n;
    evaluations += copies;
    const scaled = floats(x.length * copies, (k) => x[k % x.length]! * level.input);
    const { data } = await predict({
      image: f32([ask.length, ...shape], scaled),
      time: f32([ask.length], new Float32Array(ask.length).fill(level.embed)),
      ...tell(ask),
    });
    return data;
  };
  const guess = async (x: Float32Array, level: Level<number>): Promise<Float32Array> => {
    const share = shareOf(level);
    const guided = guidance !== 1 && share >= interval[0] && share <= interval[1];
    const said = await look(x, level, guided ? [...all, ...free] : all);
    // What is said untold stands behind what is said when told; where nobody guides, they are the same.
    const behind = guided ? x.length : 0;
    return floats(x.length, (k) => {
      const untold = said[behind + k]!;
      return level.skip * x[k]! + level.out * (untold + guidance * (said[k]! - untold));
    });
  };
  const estimate = async (x: Float32Array, i: number): Promise<Float32Array> => {
    onStep?.(i, last);
    const guessed = await guess(x, levels[i]!);
    const pictures = from ? keep(guessed, from) : guessed;
    await onLook?.(f32([n, ...shape], pictures), i, last);
    return pictures;
  };
  const start = new Float32Array(n * each);
  wanted.forEach(({ seed }, i) => {
    start.set(beginning(noiseOf(seed, each), levels[0]!, from), i * each);
  });
  const data = await samplerNamed(options.sampler)(estimate, start, levels);
  onStep?.(last, last);
  return { pictures: f32([n, ...shape], data), evaluations };
}
