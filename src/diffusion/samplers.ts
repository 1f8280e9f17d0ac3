import { oneOf } from '../base/errors.ts';
import { floats } from '../base/floats.ts';

/** Where a sampler stands: x = signal · x₀ + noise · ε. */
interface Point {
  readonly signal: number;
  readonly noise: number;
}

/** The picture x₀ that a noisy one is thought to show, at step `i` of the way. */
type Estimate = (x: Float32Array, i: number) => Promise<Float32Array>;

/**
 * Follows the probability-flow equation from `x` at the first of `points` to the last, where there is no noise. Nothing is drawn on the way.
 * The point i's estimate is asked for with i.
 */
export type Sampler = (estimate: Estimate, x: Float32Array, points: readonly Point[]) => Promise<Float32Array>;

/** The noise in x when it shows `picture`. */
function noiseIn(x: Float32Array, picture: Float32Array, { signal, noise }: Point): Float32Array {
  return floats(x.length, (k) => (x[k]! - signal * picture[k]!) / noise);
}

/**
 * Euler's method: picture and noise stay as they are estimated, and are mixed anew (DDIM, Song et al. 2021). Of a rectified flow this is
 * Euler in t, of EDM Euler in σ.
 */
const euler: Sampler = async (estimate, start, points) => {
  let x = start;
  for (let i = 0; i + 1 < points.length; i++) {
    const picture = await estimate(x, i);
    const noise = noiseIn(x, picture, points[i]!);
    const { signal: s, noise: n } = points[i + 1]!;
    x = floats(x.length, (k) => s * picture[k]! + n * noise[k]!);
  }
  return x;
};

/** Heun's method: the mean of the slopes at both ends of a step; the last step, to no noise, is Euler's (Karras et al. 2022, algorithm 1). */
const heun: Sampler = async (estimate, start, points) => {
  let x = start;
  for (let i = 0; i + 1 < points.length; i++) {
    const [from, to] = [points[i]!, points[i + 1]!];
    const picture = await estimate(x, i);
    const noise = noiseIn(x, picture, from);
    const first = floats(x.length, (k) => to.signal * picture[k]! + to.noise * noise[k]!);
    if (to.noise === 0) {
      x = first;
      continue;
    }
    const then = await estimate(first, i + 1);
    const left = noiseIn(first, then, to);
    const [ds, dn] = [(to.signal - from.signal) / 2, (to.noise - from.noise) / 2];
    const here = x;
    x = floats(x.length, (k) => here[k]! + ds * (picture[k]! + then[k]!) + dn * (noise[k]! + left[k]!));
  }
  return x;
};

/**
 * DPM-Solver++ of second order with two steps' memory (Lu et al. 2022, arXiv 2211.01095, algorithm 2), in λ = ln(signal / noise): one
 * evaluation a step. The first and the last step are of first order.
 */
const dpm: Sampler = async (estimate, start, points) => {
  const lambda = ({ signal, noise }: Point) => Math.log(signal / noise);
  let x = start;
  let before: Float32Array | undefined;
  for (let i = 0; i + 1 < points.length; i++) {
    const [from, to] = [points[i]!, points[i + 1]!];
    const picture = await estimate(x, i);
    const h = lambda(to) - lambda(from);
    const last = i > 0 ? lambda(from) - lambda(points[i - 1]!) : Number.POSITIVE_INFINITY;
    // 1 / (2 r): how far the estimate moves on; where λ is infinite there is nothing to go by.
    const onward = to.noise === 0 || !before || !Number.isFinite(last) ? 0 : h / (2 * last);
    const [keep, take] = [to.noise / from.noise, -to.signal * Math.expm1(-h)];
    const [here, old] = [x, before ?? picture];
    x = new Float32Array(x.length);
    // Written out, as in sample.ts: this is what pictures are made with as a rule.
    for (let k = 0; k < x.length; k++) {
      x[k] = keep * here[k]! + take * (picture[k]! + onward * (picture[k]! - old[k]!));
    }
    before = picture;
  }
  return x;
};

const samplers = { euler, heun, dpm } as const;
export type SamplerName = keyof typeof samplers;
export const samplerNames = Object.keys(samplers) as [SamplerName, ...SamplerName[]];

/** The sampler of this name; an unknown one is answered with the nearest. */
export const samplerNamed = (name: string): Sampler => samplers[oneOf('sampler', name, samplerNames)];
