import { f32, type Tensor } from '../../base/tensor.ts';
import { add, div, mul, sub } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import { type Graph, graph } from '../../graph/graph.ts';
import { constant, input, type Value } from '../../graph/value.ts';

/** A network that makes pictures into fewer numbers, the latents, and these into pictures again. */
export interface Autoencoder {
  /** In words, for people. */
  readonly name: string;
  /** Input: [N, 3, H, W]. */
  readonly image: Value;
  /** What it makes of that: [N, C, h, w]. */
  readonly encoded: Value;
  /** The way back: [N, C, h, w] → [N, 3, H, W]. */
  readonly decode: (latents: Value) => Value;
  /** Values of its parameters by name; none where they are constants of the graphs. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
}

/** Channels, and height and width, of what it encodes to. */
export interface LatentShape {
  readonly channels: number;
  readonly size: readonly [number, number];
}

export function latentShape({ encoded }: Autoencoder): LatentShape {
  const [channels, height, width] = encoded.type.shape.slice(1).map((d) => fixed(d, 'the size of the latents'));
  return { channels: channels!, size: [height!, width!] };
}

/** Mean and deviation of each channel of the latents. */
export interface LatentScale {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Deviation of what a network that makes pictures is trained on, pixels or latents: what the diffusion processes are made for (Karras et al. 2022). */
export const DEVIATION = 0.5;

/**
 * Its two ways as graphs: `image` → `latents` with mean 0 and deviation 0.5 in each channel, and back. Without a scale the latents are as they
 * come.
 */
export function stageGraphs(auto: Autoencoder, scale?: LatentScale): { encoder: Graph; decoder: Graph } {
  const { channels, size } = latentShape(auto);
  const latents = input('latents', 'float32', ['N', channels, ...size]);
  const spread = (values: readonly number[]) => constant(f32([1, channels, 1, 1], [...values]));
  const mean = scale && spread(scale.mean);
  const factor = scale && spread(scale.std.map((s) => s / DEVIATION));
  const scaled = mean && factor ? div(sub(auto.encoded, mean), factor) : auto.encoded;
  const whole = mean && factor ? add(mul(latents, factor), mean) : latents;
  return { encoder: graph({ latents: scaled }), decoder: graph({ image: auto.decode(whole) }) };
}

/** Mean and deviation of each channel of latents or pictures [N, C, h, w]; a channel that never changes is taken for one that hardly does. */
export function scaleOf({ shape, data }: Tensor<'float32'>): LatentScale {
  const [n, channels] = [shape[0]!, shape[1]!];
  const each = data.length / (n * channels);
  const mean = new Float64Array(channels);
  const square = new Float64Array(channels);
  data.forEach((v, i) => {
    const c = Math.floor(i / each) % channels;
    mean[c]! += v / (n * each);
    square[c]! += v ** 2 / (n * each);
  });
  const std = Array.from(square, (s, c) => Math.sqrt(Math.max(0, s - mean[c]! ** 2)));
  const least = Math.max(1e-6, 1e-3 * Math.max(...std));
  return { mean: [...mean], std: std.map((s) => Math.max(least, s)) };
}
