import { check } from '../../base/errors.ts';
import type { Recipe } from '../../data/augment/recipe.ts';
import { defaultRecipe, recipe } from '../../data/augment/recipe.ts';
import type { Preprocessing } from '../../data/preprocess.ts';
import type { Batch, BatchSource } from '../../tasks/batch.ts';
import type { Split } from '../../tasks/splits.ts';
import { evalBatches, type Sampling, trainBatches } from '../batch.ts';
import { kindsOf } from '../encode.ts';
import type { Dataset } from './dataset.ts';
import type { SourceSpec } from './runner.ts';

export interface TrainSourceOptions {
  preprocessing: Preprocessing;
  batchSize: number;
  /** Names the order, the augmentation and the mixing. */
  seed: number;
  /** Default: {@link defaultRecipe}. */
  recipe?: Recipe;
  /** Every item once an epoch (default), or every class equally often. */
  sampling?: Sampling;
  /** Which split to train on; default train. */
  split?: Split;
  /** Which part of every batch is this process's, where several train together. */
  part?: { readonly rank: number; readonly size: number };
  /** How many batches are prepared ahead; default two a worker. */
  ahead?: number;
}

export interface EvalSourceOptions {
  preprocessing: Preprocessing;
  batchSize: number;
  ahead?: number;
}

/**
 * Batches for training: shuffled, augmented, mixed, prepared ahead by the data set's workers. What a batch holds depends
 * on its epoch and index alone, not on the number of workers nor on what was asked before. The last incomplete batch is
 * dropped, unless the split has fewer items than one batch.
 *
 * Training sees pictures whose shorter side is at most twice the longer side of the input: larger ones are shrunk once
 * (see `shrink`) and kept that way in memory, as far as the data set's `cacheBytes` go; the rest is decoded each time.
 */
export function trainSource<T>(dataset: Dataset<T>, options: TrainSourceOptions): BatchSource<T> {
  const { preprocessing, batchSize, seed, sampling = 'shuffle', split = 'train', part, ahead } = options;
  const base = planFor(dataset, split, preprocessing, batchSize);
  const chosen = options.recipe ?? recipe(defaultRecipe);
  const plan = {
    ...base,
    seed,
    sampling,
    recipe: chosen,
    kinds: kindsOf(dataset.task, base.truths),
    ...(part && { part }),
  };
  return source(dataset, split, { use: 'train', plan }, trainBatches(plan), {
    smoothing: chosen.labelSmoothing,
    endless: true,
    ahead,
  });
}

/**
 * Batches for evaluation: all items of a split in order, the last batch smaller, timm's evaluation transform of the full
 * picture. The pictures are kept in memory cut to the input's size, as far as `cacheBytes` go. The epoch is ignored.
 */
export function evalSource<T>(dataset: Dataset<T>, split: Split, options: EvalSourceOptions): BatchSource<T> {
  const plan = planFor(dataset, split, options.preprocessing, options.batchSize);
  return source(dataset, split, { use: 'eval', plan }, evalBatches(plan), { ahead: options.ahead });
}

function planFor<T>({ items, engine }: Dataset<T>, split: Split, p: Preprocessing, batchSize: number) {
  check(items[split].length > 0, () => `the ${split} split is empty`);
  check(Number.isInteger(batchSize) && batchSize > 0, () => `the batch size must be 1 or more, got ${batchSize}`);
  check(
    p.background === engine.decode.background,
    () =>
      `the data set was opened with transparency on ${engine.decode.background}, the preprocessing wants ` +
      `${p.background}: pass background: '${p.background}' to openDataset`,
  );
  return {
    truths: items[split].map(({ target }) => target),
    batchSize,
    preprocessing: p,
    sizes: items[split].map(({ height, width }) => [height, width] as const),
  };
}

interface SourceOptions {
  readonly smoothing?: number;
  /** Whether batches of the next epoch are prepared too. */
  readonly endless?: boolean;
  readonly ahead?: number;
}

function source<T>(
  { items, engine, task, classes }: Dataset<T>,
  split: Split,
  plan: SourceSpec['plan'],
  batches: number,
  { smoothing = 0, endless = false, ahead = 2 * engine.pool.threads }: SourceOptions,
): BatchSource<T> {
  const id = engine.nextSource();
  const { id: storeId, store } = engine.storeFor(plan.plan.preprocessing);
  const spec: SourceSpec = {
    id,
    plan,
    task: task.name,
    encoding: { classes: classes.length, size: plan.plan.preprocessing.size, smoothing },
    items: items[split].map((item) => ({ id: item.id, source: item.source })),
    decode: engine.decode,
    store: storeId,
    view: store.view,
  };
  engine.pool.notice({ kind: 'open', spec });
  /** Batches that are asked for already, by their number counted through all epochs. */
  const coming = new Map<number, Promise<Batch<T>>>();
  let closed = false;

  const ask = (number: number): Promise<Batch<T>> => {
    let batch = coming.get(number);
    if (!batch) {
      batch = render(Math.floor(number / batches), number % batches);
      // Reported to whoever asks for it; a batch nobody asks for fails silently.
      batch.catch(() => undefined);
      coming.set(number, batch);
    }
    return batch;
  };
  const render = async (epoch: number, index: number): Promise<Batch<T>> => {
    const { batch, fresh } = await engine.pool.batch({ source: id, epoch, index });
    for (const { slot, stored } of fresh) store.put(slot, stored);
    return { ...batch, truths: Array.from(batch.indices, (i) => items[split][i]!.target) };
  };

  return {
    length: items[split].length,
    batchesPerEpoch: batches,
    async batch(epoch, index) {
      check(!closed, 'the batch source is closed');
      check(
        Number.isInteger(epoch) && epoch >= 0 && Number.isInteger(index) && index >= 0 && index < batches,
        () => `there is no batch ${index} of epoch ${epoch}: an epoch has batches 0 … ${batches - 1}`,
      );
      const number = epoch * batches + index;
      const last = endless ? number + ahead : Math.min(number + ahead, (epoch + 1) * batches - 1);
      // Whatever lies outside the window was prepared for a walk that is over.
      for (const key of coming.keys()) if (key < number || key > last) coming.delete(key);
      const wanted = ask(number);
      for (let k = number + 1; k <= last; k++) ask(k);
      coming.delete(number);
      return wanted;
    },
    async close() {
      closed = true;
      await Promise.allSettled(coming.values());
      coming.clear();
      engine.pool.notice({ kind: 'shut', source: id });
    },
  };
}
