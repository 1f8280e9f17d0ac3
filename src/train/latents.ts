import { check, YosegiError } from '../base/errors.ts';
import { random } from '../base/random.ts';
import { f32, isFloat32, type Tensor, tensor } from '../base/tensor.ts';
import { unmoved } from '../data/geometry/placement.ts';
import { encodedTargets } from '../feed/batch.ts';
import { shuffled } from '../feed/order.ts';
import type { Program } from '../runtime/runtime.ts';
import type { BatchSource, Encoder } from '../tasks/batch.ts';

/** A network that is trained on what an autoencoder makes of pictures: its encoder runs once over every picture. */

/** What an encoder, `image` → `latents`, makes of pictures [N, 3, H, W]. */
export async function encodedBy(encoder: Program, image: Tensor<'float32'>): Promise<Tensor<'float32'>> {
  const { latents } = await encoder.run({ image });
  check(latents && isFloat32(latents), 'an encoder must give float32 latents');
  return latents;
}

/** What a decoder, `latents` → `image`, makes of latents [N, C, h, w]. */
export async function decodedBy(decoder: Program, latents: Tensor<'float32'>): Promise<Tensor<'float32'>> {
  const { image } = await decoder.run({ latents });
  check(image && isFloat32(image), 'a decoder must give float32 pictures');
  return image;
}

/** The same batches with latents in the place of their pictures. */
export function encodedSource<T>(source: BatchSource<T>, encoder: Program): BatchSource<T> {
  return {
    ...source,
    batch: async (epoch, index) => {
      const batch = await source.batch(epoch, index);
      return { ...batch, images: await encodedBy(encoder, batch.images) };
    },
  };
}

/** Latents of every picture of a source, [pictures, C, h, w]; of mirrored ones, where they are wanted so. */
export async function latentsOf(
  encoder: Program,
  source: BatchSource,
  {
    mirrored = false,
    onBatch = (_done: number, _of: number) => {},
    signal = undefined as AbortSignal | undefined,
  } = {},
): Promise<Tensor<'float32'>> {
  let all: Tensor<'float32'> | undefined;
  for (let i = 0; i < source.batchesPerEpoch; i++) {
    if (signal?.aborted) throw new YosegiError('stopped while pictures were encoded: --resume encodes them again');
    const { images, indices } = await source.batch(0, i);
    const { shape, data } = await encodedBy(encoder, mirrored ? mirror(images) : images);
    const each = data.length / indices.length;
    all ??= f32([source.length, ...shape.slice(1)]);
    indices.forEach((at, k) => {
      all!.data.set(data.subarray(k * each, (k + 1) * each), at * each);
    });
    onBatch(i + 1, source.batchesPerEpoch);
  }
  return all ?? f32([0]);
}

/** Left and right changed places: [N, C, H, W]. */
function mirror({ shape, data }: Tensor<'float32'>): Tensor<'float32'> {
  const width = shape[3]!;
  const turned = f32(shape, Float32Array.from(data));
  for (let row = 0; row < data.length; row += width) turned.data.subarray(row, row + width).reverse();
  return turned;
}

export interface LatentPlan<T> {
  readonly encoder: Encoder<T>;
  readonly batchSize: number;
  /** Shuffles anew every epoch, and drops an incomplete last batch. In order without it. */
  readonly seed?: number;
  /** Latents of the mirrored pictures, and how often they are taken. */
  readonly mirrored?: { readonly latents: Tensor<'float32'>; readonly share: number };
}

/** Batches of latents [pictures, C, h, w], with what is known of each picture. */
export function latentSource<T>(
  { shape, data }: Tensor<'float32'>,
  truths: readonly T[],
  { encoder, batchSize, seed, mirrored }: LatentPlan<T>,
): BatchSource<T> {
  const n = truths.length;
  const each = data.length / n;
  const batches = seed === undefined ? Math.ceil(n / batchSize) : Math.max(1, Math.floor(n / batchSize));
  const inOrder = Uint32Array.from({ length: n }, (_, i) => i);
  const rowOf = (epoch: number, i: number) => {
    const turned = mirrored && seed !== undefined && random(seed, 'mirror', epoch, i).uniform() < mirrored.share;
    return (turned ? mirrored.latents.data : data).subarray(i * each, (i + 1) * each);
  };
  return {
    length: n,
    batchesPerEpoch: batches,
    batch: async (epoch, index) => {
      const order = seed === undefined ? inOrder : shuffled(n, seed, epoch);
      const indices = order.slice(index * batchSize, (index + 1) * batchSize);
      const own = Array.from(indices, (i) => truths[i]!);
      const images = tensor('float32', [indices.length, ...shape.slice(1)]);
      // Latents have no place in a picture.
      const placements = own.map(() => unmoved([1, 1]));
      const views = new Uint32Array(own.length).fill(1);
      indices.forEach((at, k) => {
        images.data.set(rowOf(epoch, at), k * each);
      });
      return { images, targets: encodedTargets(own, encoder, placements), truths: own, placements, indices, views };
    },
    close: async () => undefined,
  };
}
