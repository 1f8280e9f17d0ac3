import type { Tensor } from '../base/tensor.ts';
import type { Corners } from '../data/geometry/boxes.ts';
import type { Placement } from '../data/geometry/placement.ts';

/** What a training or evaluation step takes in; `T` is the task's target. */
export interface Batch<T = unknown> {
  /** [N, channels, height, width], normalised. */
  readonly images: Tensor<'float32'>;
  /** What the loss compares with, [N, …] each, by the name of the graph's input. */
  readonly targets: Readonly<Record<string, Tensor<'float32'>>>;
  /** What is known of each picture, before any mixing. */
  readonly truths: readonly T[];
  /** Where each picture's pixels went on their way from the file to the network's input. */
  readonly placements: readonly Placement[];
  /** Which item of the source each picture is; in evaluation an item that is cut into tiles comes once for each. */
  readonly indices: Uint32Array;
  /** In how many views the item of each picture comes, in evaluation: 1 where it is not cut into tiles. */
  readonly views: Uint32Array;
}

/** A source of batches; any batch of any epoch can be asked for at any time and is always the same. */
export interface BatchSource<T = unknown> {
  /** Number of items. */
  readonly length: number;
  readonly batchesPerEpoch: number;
  batch(epoch: number, index: number): Promise<Batch<T>>;
  close(): Promise<void>;
}

/** Everything that an encoder needs to know; plain data, sent to workers. */
export interface EncoderContext {
  readonly classes: number;
  /** Height and width of the network's input, in pixels. */
  readonly size: readonly [number, number];
  /** Share of a target that is spread over all classes; 0 in evaluation. */
  readonly smoothing: number;
}

/** Turns targets into tensors. */
export interface Encoder<T = unknown> {
  /** Shape of each tensor for one picture, by the name of the graph's input. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /**
   * Writes one picture's part of every tensor; what is there is 0. A target speaks of the whole picture as it is in its file;
   * `placement` says where its pixels went, and moves boxes, polygons and masks with them (`data/geometry`).
   */
  encode(target: T, into: Readonly<Record<string, Float32Array>>, placement: Placement): void;
  /** A target's boxes, for crops that are put where they see some. */
  boxes?(target: T): readonly Corners[];
  /** Whether the tensors of two pictures may be blended as their pixels are (mixup, cutmix). */
  readonly blends: boolean;
}
