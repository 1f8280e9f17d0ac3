import { z } from 'zod';
import type { LatentShape } from '../models/autoencoder/autoencoder.ts';

const count = z.int().min(1);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** The two files of the autoencoder whose latents a run's network works on, below the run's folder. */
export const STAGE_FILES = { encoder: 'autoencoder/encoder.onnx', decoder: 'autoencoder/decoder.onnx' } as const;
/** A way of an autoencoder: to latents, or back. */
export type Way = keyof typeof STAGE_FILES;

/** What run.json says of it. */
export const latentsSchema = z.strictObject({
  /** As it was called. */
  from: z.string(),
  channels: count,
  /** Height and width of the latents. */
  size: z.tuple([count, count]),
  /** How near decoded pictures come to those encoded, of some that are trained on: mean peak signal-to-noise ratio in dB. */
  psnr: z.number(),
  /** SHA-256 of each file. */
  sha256: z.strictObject({ encoder: hash, decoder: hash }),
});
export type Latents = z.infer<typeof latentsSchema>;

interface Shaped {
  readonly channels: number;
  readonly preprocessing: { readonly size: readonly [number, number] };
  readonly latents?: Latents | undefined;
}

/** What a run's network takes: latents where it has an autoencoder before it, else pictures. */
export const inputShape = ({ channels, preprocessing, latents }: Shaped): LatentShape => ({
  channels,
  size: latents?.size ?? preprocessing.size,
});
