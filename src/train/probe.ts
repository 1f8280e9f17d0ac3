import { f32, type Tensor, tensor } from '../base/tensor.ts';
import { softTargets } from '../data/mix.ts';
import type { Batch, BatchSource } from '../feed/batch.ts';
import { shuffled } from '../feed/order.ts';
import { fixed } from '../graph/dim.ts';
import { rebuild, replacing } from '../graph/rewrite.ts';
import { input } from '../graph/value.ts';
import type { Model } from '../models/model.ts';
import type { Program } from '../runtime/runtime.ts';

/** Linear probe: the frozen backbone runs once over every image, and only the head is trained, on what it gave. */

/** What a backbone makes of a set of images. */
export interface Features {
  /** [images, features] */
  readonly values: Tensor<'float32'>;
  readonly labels: Int32Array;
}

/** The model from `pooled` on: its `image` is a batch of features [N, F]. */
export function headModel(model: Model): Model {
  const image = input('image', 'float32', ['N', fixed(model.pooled.type.shape[1], 'the number of features')]);
  const map = rebuild([model.logits, image], replacing(new Map([[model.pooled, image]])));
  const { exits: _, ...rest } = model;
  return { ...rest, image, pooled: image, logits: map.get(model.logits)!, stages: [] };
}

/** Runs a program `image` → `pooled` over every batch of a source. */
export async function featuresOf(
  program: Program,
  source: BatchSource,
  onBatch: (done: number, of: number) => void = () => {},
): Promise<Features> {
  let values: Float32Array | undefined;
  let width = 0;
  const labels = new Int32Array(source.length);
  for (let i = 0; i < source.batchesPerEpoch; i++) {
    const batch = await source.batch(0, i);
    const { pooled } = await program.run({ image: batch.images });
    width = pooled!.shape[1]!;
    values ??= new Float32Array(source.length * width);
    const rows = pooled!.data as Float32Array;
    batch.indices.forEach((at, k) => {
      labels[at] = batch.labels[k]!;
      values!.set(rows.subarray(k * width, (k + 1) * width), at * width);
    });
    onBatch(i + 1, source.batchesPerEpoch);
  }
  return { values: f32([source.length, width], values ?? new Float32Array(0)), labels };
}

export interface FeaturePlan {
  readonly classes: number;
  readonly batchSize: number;
  /** Shuffles anew every epoch, and drops an incomplete last batch. In order without it. */
  readonly seed?: number;
  readonly labelSmoothing?: number;
}

/** Batches of features. */
export function featureSource({ values, labels }: Features, plan: FeaturePlan): BatchSource {
  const { classes, batchSize, seed, labelSmoothing = 0 } = plan;
  const width = values.shape[1]!;
  const data = values.data as Float32Array;
  const n = labels.length;
  const batches = seed === undefined ? Math.ceil(n / batchSize) : Math.max(1, Math.floor(n / batchSize));
  const inOrder = Uint32Array.from({ length: n }, (_, i) => i);
  return {
    length: n,
    batchesPerEpoch: batches,
    batch: async (epoch, index): Promise<Batch> => {
      const order = seed === undefined ? inOrder : shuffled(n, seed, epoch);
      const indices = order.slice(index * batchSize, (index + 1) * batchSize);
      const own = Int32Array.from(indices, (i) => labels[i]!);
      const images = tensor('float32', [indices.length, width]);
      indices.forEach((at, k) => {
        images.data.set(data.subarray(at * width, (at + 1) * width), k * width);
      });
      return {
        images,
        targets: f32([indices.length, classes], softTargets(own, classes, labelSmoothing)),
        labels: own,
        indices,
      };
    },
    close: async () => undefined,
  };
}
