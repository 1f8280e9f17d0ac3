import { YosegiError } from '../base/errors.ts';
import { f32, type Tensor, tensor } from '../base/tensor.ts';
import { unmoved } from '../data/geometry/placement.ts';
import { encodedTargets } from '../feed/batch.ts';
import { shuffled } from '../feed/order.ts';
import type { Program } from '../runtime/runtime.ts';
import type { BatchSource, Encoder } from '../tasks/batch.ts';

/** Linear probe: the frozen backbone runs once over every image, and only the head is trained, on what it gave. */

/** Runs a program `image` → `features` over every batch of a source; [images, features]. */
export async function featuresOf(
  program: Program,
  source: BatchSource,
  onBatch: (done: number, of: number) => void = () => {},
  signal?: AbortSignal,
): Promise<Tensor<'float32'>> {
  let values: Float32Array | undefined;
  let width = 0;
  for (let i = 0; i < source.batchesPerEpoch; i++) {
    if (signal?.aborted) throw new YosegiError('stopped while features were computed: --resume computes them again');
    const batch = await source.batch(0, i);
    const { features } = await program.run({ image: batch.images });
    width = features!.shape[1]!;
    values ??= new Float32Array(source.length * width);
    const rows = features!.data as Float32Array;
    batch.indices.forEach((at, k) => {
      values!.set(rows.subarray(k * width, (k + 1) * width), at * width);
    });
    onBatch(i + 1, source.batchesPerEpoch);
  }
  return f32([source.length, width], values ?? new Float32Array(0));
}

export interface FeaturePlan<T> {
  readonly encoder: Encoder<T>;
  readonly batchSize: number;
  /** Shuffles anew every epoch, and drops an incomplete last batch. In order without it. */
  readonly seed?: number;
}

/** Batches of features [images, features], with what is known of each image. */
export function featureSource<T>(
  { shape, data }: Tensor<'float32'>,
  truths: readonly T[],
  { encoder, batchSize, seed }: FeaturePlan<T>,
): BatchSource<T> {
  const width = shape[1]!;
  const n = truths.length;
  const batches = seed === undefined ? Math.ceil(n / batchSize) : Math.max(1, Math.floor(n / batchSize));
  const inOrder = Uint32Array.from({ length: n }, (_, i) => i);
  return {
    length: n,
    batchesPerEpoch: batches,
    batch: async (epoch, index) => {
      const order = seed === undefined ? inOrder : shuffled(n, seed, epoch);
      const indices = order.slice(index * batchSize, (index + 1) * batchSize);
      const own = Array.from(indices, (i) => truths[i]!);
      const images = tensor('float32', [indices.length, width]);
      // Features have no place in a picture.
      const placements = own.map(() => unmoved([1, 1]));
      const views = new Uint32Array(own.length).fill(1);
      indices.forEach((at, k) => {
        images.data.set(data.subarray(at * width, (at + 1) * width), k * width);
      });
      return { images, targets: encodedTargets(own, encoder, placements), truths: own, placements, indices, views };
    },
    close: async () => undefined,
  };
}
