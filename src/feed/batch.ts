import { check } from '../base/errors.ts';
import { random } from '../base/random.ts';
import { f32, type Tensor, tensor } from '../base/tensor.ts';
import { augmentInto } from '../data/augment/augment.ts';
import type { Recipe } from '../data/augment/recipe.ts';
import { moveBoxes } from '../data/geometry/boxes.ts';
import { compose, type Placement, type Size } from '../data/geometry/placement.ts';
import type { Image } from '../data/image.ts';
import { mix } from '../data/mix.ts';
import { normaliseInto, normaliser, type Preprocessing } from '../data/preprocess.ts';
import { shrunk } from '../data/resize/shrink.ts';
import { cutView, type View, viewsOf } from '../data/views.ts';
import type { Batch, Encoder } from '../tasks/batch.ts';
import { each } from './ahead.ts';
import { balanced, shuffled } from './order.ts';

/** Everything that decides what an evaluation batch holds, but the pixels. */
export interface EvalPlan<T = unknown> {
  /** What is known of each item. */
  readonly truths: readonly T[];
  /** Turns it into tensors. */
  readonly encoder: Encoder<T>;
  readonly batchSize: number;
  readonly preprocessing: Preprocessing;
  /** Size of each item's picture; needed where it is cut into tiles. */
  readonly sizes?: readonly Size[];
}

/** Everything that decides what a training batch holds, but the pixels. */
export interface TrainPlan<T = unknown> extends EvalPlan<T> {
  readonly seed: number;
  readonly recipe: Recipe;
  /** `shuffle`: every item once an epoch; `balanced`: every kind of item equally often. */
  readonly sampling: Sampling;
  /** The kind of each item (the first class it shows), for balanced sampling. */
  readonly kinds: ArrayLike<number>;
  /** Where several processes train together: which part of every batch is this one's. A whole batch is so many times `batchSize`. */
  readonly part?: { readonly rank: number; readonly size: number };
}

export const samplings = ['shuffle', 'balanced'] as const;
export type Sampling = (typeof samplings)[number];

/** Pixels that a batch is made of, and the picture that they come from. */
export interface Picture {
  readonly image: Image;
  /** Size of the picture in its file, of which its target speaks. */
  readonly from: Size;
  /** Whether these are its own pixels, not fewer. */
  readonly exact: boolean;
}

/** A picture as it is in its file. */
export function whole(image: Image): Picture {
  return { image, from: [image.height, image.width], exact: true };
}

/** Gives the pixels of item `index`; at once where they are at hand. */
export type Pixels = (index: number) => Picture | Promise<Picture>;

/** Batches an epoch: the last incomplete one is dropped, unless there are fewer items than one batch takes. */
export function trainBatches({ truths, batchSize, part }: Pick<TrainPlan, 'truths' | 'batchSize' | 'part'>): number {
  return Math.max(1, Math.floor(truths.length / (batchSize * (part?.size ?? 1))));
}

/** Batches an epoch: all views of all items, the last batch smaller. */
export function evalBatches(plan: Pick<EvalPlan, 'truths' | 'batchSize' | 'preprocessing' | 'sizes'>): number {
  return Math.ceil(listedViews(plan).length / plan.batchSize);
}

/** A view of an item, and how many the item has. */
interface ListedView {
  readonly item: number;
  /** Of a tile, which it is; a whole picture's view follows from its size. */
  readonly tile?: View;
  readonly of: number;
}

/** Every view of every item, in order. */
function listedViews({
  truths,
  preprocessing,
  sizes,
}: Pick<EvalPlan, 'truths' | 'preprocessing' | 'sizes'>): ListedView[] {
  if (!preprocessing.tiles) return truths.map((_, item) => ({ item, of: 1 }));
  check(sizes, 'to cut pictures into tiles their sizes must be known');
  return sizes.flatMap((size, item) => {
    const views = viewsOf(size, preprocessing);
    return views.map((tile) => ({ item, tile, of: views.length }));
  });
}

/**
 * Makes training batches of `plan`. Which items a batch holds follows from (seed, 'order', epoch), how item i is
 * varied from (seed, 'augment', epoch, i), how the batch is mixed from (seed, 'mix', epoch, index).
 */
export function trainBatcher<T>(
  plan: TrainPlan<T>,
): (epoch: number, index: number, pixels: Pixels) => Promise<Batch<T>> {
  const { truths, encoder, batchSize, seed, recipe, preprocessing, part } = plan;
  const table = normaliser(preprocessing);
  let known: { epoch: number; order: Uint32Array } | undefined;
  return async (epoch, index, pixels) => {
    checkBatch(epoch, index, trainBatches(plan));
    if (known?.epoch !== epoch) {
      const order =
        plan.sampling === 'balanced' ? balanced(plan.kinds, seed, epoch) : shuffled(truths.length, seed, epoch);
      known = { epoch, order };
    }
    const start = part ? (index * part.size + part.rank) * batchSize : index * batchSize;
    const indices = known.order.slice(start, start + batchSize);
    const images = blank(indices.length, preprocessing);
    const { data } = images;
    const [height, width] = preprocessing.size;
    const placements = await each(indices, pixels, ({ image, from, exact }, i) => {
      const keys = [epoch, indices[i]!];
      // A balanced epoch may hold an item twice: its place tells the two apart.
      if (plan.sampling === 'balanced') keys.push(start + i);
      const rng = random(seed, 'augment', ...keys);
      const before = exact ? undefined : shrunk(from, [image.height, image.width]);
      const boxes =
        recipe.crop?.targets || recipe.scaleJitter?.seeing ? (encoder.boxes?.(truths[indices[i]!]!) ?? []) : [];
      const seen = before ? moveBoxes(boxes, before).map(({ box }) => box) : boxes;
      const placement = augmentInto(image, recipe, preprocessing, table, rng, data, i * 3 * height * width, seen);
      return before ? compose(before, placement) : placement;
    });
    const batch = together(images, indices, placements, truths, encoder);
    if (recipe.mix && encoder.blends) {
      const rng = random(seed, 'mix', epoch, index, ...(part ? [part.rank] : []));
      const targets = Object.values(batch.targets).map((t) => t.data);
      mix(data, height, width, targets, indices.length, recipe.mix, rng);
    }
    return batch;
  };
}

/** Makes evaluation batches of `plan`, in order; `based` gives what views are cut from (see `viewBase`), `from` being the size of the whole. */
export function evalBatcher<T>(plan: EvalPlan<T>): (index: number, based: Pixels) => Promise<Batch<T>> {
  const { preprocessing: p, batchSize } = plan;
  const table = normaliser(p);
  const [height, width] = p.size;
  const all = listedViews(plan);
  return async (index, based) => {
    checkBatch(0, index, Math.ceil(all.length / batchSize));
    const listed = all.slice(index * batchSize, (index + 1) * batchSize);
    const indices = Uint32Array.from(listed, ({ item }) => item);
    const images = blank(listed.length, p);
    const placements = await each(indices, based, ({ image, from }, i) => {
      const view = listed[i]!.tile ?? viewsOf(from, p)[0]!;
      normaliseInto(cutView(image, view, p), table, images.data, i * 3 * height * width);
      return view.placement;
    });
    const views = Uint32Array.from(listed, ({ of }) => of);
    return together(images, indices, placements, plan.truths, plan.encoder, views);
  };
}

function checkBatch(epoch: number, index: number, batches: number): void {
  check(
    Number.isInteger(epoch) && epoch >= 0 && Number.isInteger(index) && index >= 0 && index < batches,
    () => `there is no batch ${index} of epoch ${epoch}: an epoch has batches 0 … ${batches - 1}`,
  );
}

/** Zero pixels for `count` pictures. */
function blank(count: number, { size }: Preprocessing): Tensor<'float32'> {
  return tensor('float32', [count, 3, ...size]);
}

function together<T>(
  images: Tensor<'float32'>,
  indices: Uint32Array,
  placements: readonly Placement[],
  truths: readonly T[],
  encoder: Encoder<T>,
  views: Uint32Array = new Uint32Array(indices.length).fill(1),
): Batch<T> {
  const own = Array.from(indices, (i) => truths[i]!);
  return { images, targets: encodedTargets(own, encoder, placements), truths: own, placements, indices, views };
}

/** The tensors that a loss compares with, [N, …] each. */
export function encodedTargets<T>(
  truths: readonly T[],
  encoder: Encoder<T>,
  placements: readonly Placement[],
): Record<string, Tensor<'float32'>> {
  const n = truths.length;
  const targets = Object.entries(encoder.shapes).map(([name, shape]) => [name, f32([n, ...shape])] as const);
  truths.forEach((truth, i) => {
    const rows = targets.map(([name, { data }]) => {
      const each = data.length / n;
      return [name, data.subarray(i * each, (i + 1) * each)] as const;
    });
    encoder.encode(truth, Object.fromEntries(rows), placements[i]!);
  });
  return Object.fromEntries(targets);
}
