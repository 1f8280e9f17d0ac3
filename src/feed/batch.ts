import { check } from '../base/errors.ts';
import { random } from '../base/random.ts';
import { type Tensor, tensor } from '../base/tensor.ts';
import { augmentInto } from '../data/augment/augment.ts';
import type { Recipe } from '../data/augment/recipe.ts';
import type { Image } from '../data/image.ts';
import { mix, softTargets } from '../data/mix.ts';
import { normaliseInto, normaliser, type Preprocessing } from '../data/preprocess.ts';
import { balanced, shuffled } from './order.ts';

/** What a training or evaluation step takes in. */
export interface Batch {
  /** [N, 3, height, width], normalised. */
  images: Tensor<'float32'>;
  /** [N, classes], each row summing to 1: one-hot, or softened by smoothing, mixup and cutmix. */
  targets: Tensor<'float32'>;
  /** The class of each picture before any mixing. */
  labels: Int32Array;
  /** Which item of the source each picture is. */
  indices: Uint32Array;
}

/** A source of batches; any batch of any epoch can be asked for at any time and is always the same. */
export interface BatchSource {
  /** Number of items. */
  readonly length: number;
  readonly batchesPerEpoch: number;
  batch(epoch: number, index: number): Promise<Batch>;
  close(): Promise<void>;
}

/** Everything that decides what an evaluation batch holds, but the pixels. */
export interface EvalPlan {
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  readonly batchSize: number;
  readonly preprocessing: Preprocessing;
}

/** Everything that decides what a training batch holds, but the pixels. */
export interface TrainPlan extends EvalPlan {
  readonly seed: number;
  readonly recipe: Recipe;
  /** `shuffle`: every item once an epoch; `balanced`: every class equally often. */
  readonly sampling: 'shuffle' | 'balanced';
}

/** Gives the pixels of item `index`; at once where they are at hand. */
export type Pixels = (index: number) => Image | Promise<Image>;

/** Batches an epoch: the last incomplete one is dropped, unless there are fewer items than one batch takes. */
export function trainBatches({ labels, batchSize }: EvalPlan): number {
  return Math.max(1, Math.floor(labels.length / batchSize));
}

/** Batches an epoch: all items, the last batch smaller. */
export function evalBatches({ labels, batchSize }: EvalPlan): number {
  return Math.ceil(labels.length / batchSize);
}

/**
 * Makes training batches of `plan`. Which items a batch holds follows from (seed, 'order', epoch), how item i is
 * varied from (seed, 'augment', epoch, i), how the batch is mixed from (seed, 'mix', epoch, index).
 */
export function trainBatcher(plan: TrainPlan): (epoch: number, index: number, pixels: Pixels) => Promise<Batch> {
  const { labels, batchSize, seed, recipe, preprocessing } = plan;
  const table = normaliser(preprocessing);
  let known: { epoch: number; order: Uint32Array } | undefined;
  return async (epoch, index, pixels) => {
    checkBatch(epoch, index, trainBatches(plan));
    if (known?.epoch !== epoch) {
      const order = plan.sampling === 'balanced' ? balanced(labels, seed, epoch) : shuffled(labels.length, seed, epoch);
      known = { epoch, order };
    }
    const start = index * batchSize;
    const batch = blank(plan, known.order.slice(start, start + batchSize), recipe.labelSmoothing);
    const { data } = batch.images;
    const [height, width] = preprocessing.size;
    await each(batch.indices, pixels, (picture, i) => {
      const keys = [epoch, batch.indices[i]!];
      // A balanced epoch may hold an item twice: its place tells the two apart.
      if (plan.sampling === 'balanced') keys.push(start + i);
      const rng = random(seed, 'augment', ...keys);
      augmentInto(picture, recipe, preprocessing, table, rng, data, i * 3 * height * width);
    });
    if (recipe.mix) {
      const rng = random(seed, 'mix', epoch, index);
      mix(data, height, width, batch.targets.data, batch.indices.length, recipe.mix, rng);
    }
    return batch;
  };
}

/** Makes evaluation batches of `plan`, in order; `fitted` gives pictures already cut to the input size (see `fit`). */
export function evalBatcher(plan: EvalPlan): (index: number, fitted: Pixels) => Promise<Batch> {
  const table = normaliser(plan.preprocessing);
  const [height, width] = plan.preprocessing.size;
  return async (index, fitted) => {
    checkBatch(0, index, evalBatches(plan));
    const start = index * plan.batchSize;
    const count = Math.min(plan.batchSize, plan.labels.length - start);
    const batch = blank(
      plan,
      Uint32Array.from({ length: count }, (_, i) => start + i),
      0,
    );
    const { data } = batch.images;
    await each(batch.indices, fitted, (picture, i) => normaliseInto(picture, table, data, i * 3 * height * width));
    return batch;
  };
}

function checkBatch(epoch: number, index: number, batches: number): void {
  check(
    Number.isInteger(epoch) && epoch >= 0 && Number.isInteger(index) && index >= 0 && index < batches,
    () => `there is no batch ${index} of epoch ${epoch}: an epoch has batches 0 … ${batches - 1}`,
  );
}

/** A batch of zero pixels with its labels and soft targets. */
function blank({ labels, classes, preprocessing }: EvalPlan, indices: Uint32Array, smoothing: number): Batch {
  const n = indices.length;
  const own = Int32Array.from(indices, (i) => labels[i]!);
  return {
    images: tensor('float32', [n, 3, ...preprocessing.size]),
    targets: tensor('float32', [n, classes], softTargets(own, classes, smoothing)),
    labels: own,
    indices,
  };
}

/** How many pictures may be on their way at once: enough to keep decoding threads busy, few enough for memory. */
const AHEAD = 4;

/** Calls `use` for every item in order, with at most a few pictures being fetched ahead. */
async function each(indices: Uint32Array, pixels: Pixels, use: (picture: Image, i: number) => void): Promise<void> {
  const coming: (Image | Promise<Image>)[] = [];
  for (let i = 0; i < indices.length; i++) {
    for (let k = i + coming.length; coming.length < AHEAD && k < indices.length; k++) {
      const next = pixels(indices[k]!);
      // A failure is reported when its turn comes; until then it must not count as unhandled.
      if (next instanceof Promise) next.catch(() => undefined);
      coming.push(next);
    }
    const picture = coming.shift()!;
    use(picture instanceof Promise ? await picture : picture, i);
  }
}
