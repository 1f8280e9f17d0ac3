import { check } from '../base/errors.ts';
import { floats } from '../base/floats.ts';
import { random } from '../base/random.ts';
import { f32, i64, sizeOf, type Tensor } from '../base/tensor.ts';
import { beginning, checkOrigin, keep, levelsFrom, type Origin } from './origin.ts';
import { type Level, type Process, shareOf } from './process.ts';
import { type SamplerName, samplerNamed } from './samplers.ts';
import { type Named, type Told, telling } from './telling.ts';

/** One call of the network: `image` [N, C, H, W], `time` [N] and `label` [N] give its prediction, [N, C, H, W]. */
export type Predict = (feeds: {
  readonly image: Tensor<'float32'>;
  readonly time: Tensor<'float32'>;
  readonly label: Tensor<'int64'>;
}) => Promise<Tensor<'float32'>>;

/** A network in two: what it makes of all that it is told beside the picture, and a look at pictures, told that. */
export interface Looking {
  /** `time` [rows] and what else is told, [rows, …] each → the same or what else `look` is told, [rows, …] each. Left out, it is told them as they are. */
  readonly tell?: ((feeds: Named) => Promise<Named>) | undefined;
  /** `image` [N, C, H, W] and N rows of what `tell` gave → its prediction, [N, C, H, W]. */
  readonly look: (feeds: Named) => Promise<Tensor<'float32'>>;
}

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
  // The feeds are those that were told.
  const look = (feeds: Named) => predict(feeds as Parameters<Predict>[0]);
  return sampleTold({ look }, wanted, { ...options, told: (rows) => ({ label: labels(rows) }) });
}

/** Makes pictures from noise, or from a picture, with a network that is `told` what they should show. */
export async function sampleTold(
  { tell, look }: Looking,
  wanted: readonly Pick<Wanted, 'seed'>[],
  options: WayOptions & { readonly told: Told },
): Promise<Sampled> {
  const { process, steps, guidance, interval, shape, told, from, onStep, onLook } = options;
  check(Number.isInteger(steps) && steps >= 1, () => `the number of steps must be at least 1, got ${steps}`);
  if (from) checkOrigin(from, shape);
  const n = wanted.length;
  const each = sizeOf(shape);
  const levels = levelsFrom(process, steps, from);
  const last = levels.length - 1;
  let evaluations = 0;
  const all = wanted.map((_, i) => i);
  const free = wanted.map(() => undefined);
  const isGuided = (level: Level<number>) => {
    const share = shareOf(level);
    return guidance !== 1 && share >= interval[0] && share <= interval[1];
  };
  const asked = levels.slice(0, -1).map((level) => ({
    time: level.embed,
    rows: isGuided(level) ? [...all, ...free] : all,
  }));
  const toldAt = telling(asked, told, tell);
  const guess = async (x: Float32Array, i: number): Promise<Float32Array> => {
    const level = levels[i]!;
    const copies = asked[i]!.rows.length / n;
    evaluations += copies;
    const image = f32([n * copies, ...shape], repeated(x, copies, Number(level.input)));
    const { data } = await look({ image, ...(await toldAt(i)) });
    return guided(x, data, level, guidance);
  };
  const estimate = async (x: Float32Array, i: number): Promise<Float32Array> => {
    onStep?.(i, last);
    const guessed = await guess(x, i);
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

// Loops over pictures are written out: a function called for each number costs a look's twentieth where pictures are made one by one.

/** `x`, scaled, so many times one after the other. */
function repeated(x: Float32Array, copies: number, scale: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(x.length * copies);
  for (let k = 0; k < x.length; k++) out[k] = x[k]! * scale;
  for (let i = 1; i < copies; i++) out.copyWithin(i * x.length, 0, x.length);
  return out;
}

/** The picture that a prediction for `x` says. What is said untold stands behind what is said when told; where nobody guides, they are the same. */
function guided(x: Float32Array, said: Float32Array, { skip, out }: Level<number>, guidance: number): Float32Array {
  const pictures = new Float32Array(x.length);
  const behind = said.length - x.length;
  const [own, answer] = [Number(skip), Number(out)];
  for (let k = 0; k < x.length; k++) {
    const untold = said[behind + k]!;
    pictures[k] = own * x[k]! + answer * (untold + guidance * (said[k]! - untold));
  }
  return pictures;
}
