import type { Maths } from './maths.ts';

/**
 * How a picture x₀ becomes noise ε, and what a network predicts on the way. At time t a noisy picture is x = signal · x₀ + noise · ε; the
 * network F sees `input` · x and the number `embed`, and is trained to give F* = towards.picture · x₀ + towards.noise · ε; its
 * estimate of the picture is D = skip · x + out · F (the notation of Karras et al. 2022, table 1).
 */
export interface Level<V> {
  readonly signal: V | number;
  readonly noise: V | number;
  readonly input: V | number;
  readonly embed: V;
  readonly skip: V | number;
  readonly out: V | number;
  readonly towards: { readonly picture: V | number; readonly noise: V | number };
  /** Of (F − F*)² in the loss. */
  readonly weight: V | number;
}

/** One way from pictures to noise, with an objective: what `--process` chooses. */
export interface Process {
  readonly name: string;
  /** In a few words, for help texts. */
  readonly about: string;
  /** What the host draws for the time of each training picture. */
  readonly draws: 'normal' | 'uniform';
  /** The time of a training picture from what was drawn. */
  timeOf<V>(m: Maths<V>, drawn: V): V;
  levelAt<V>(m: Maths<V>, time: V): Level<V>;
  /**
   * The times of sampling, `steps` + 1 from where the noise has this share of a noisy picture, above 0 … 1 (1: pure noise), to the picture,
   * where `noise` is 0.
   */
  times(steps: number, share?: number): number[];
  /** Times at which a network is judged, with noise that is always the same. */
  readonly judged: readonly number[];
}

/** The noise's share of a noisy picture, 0 … 1. */
export const shareOf = ({ signal, noise }: Pick<Level<number>, 'signal' | 'noise'>): number => noise / (signal + noise);

/** `count` + 1 numbers from `from` to `to` at even distances. */
export const evenly = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count + 1 }, (_, i) => (i === count ? to : from + ((to - from) * i) / count));
