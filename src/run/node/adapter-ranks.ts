import { type Budget, budgetOf, ranksWithin, worthOf } from '../../adapters/budget.ts';
import type { AdapterOptions } from '../../adapters/options.ts';
import { check } from '../../base/errors.ts';
import { random } from '../../base/random.ts';
import { leadingSingularValues } from '../../base/singular-values.ts';
import type { Tensor } from '../../base/tensor.ts';
import { recipe } from '../../data/augment/recipe.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import { trainSource } from '../../feed/node/loader.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import type { Model } from '../../models/model.ts';
import { initialValues } from '../../nn/init.ts';
import { openRuntime } from '../../runtime/node/open.ts';
import type { Batch } from '../../tasks/batch.ts';
import { zeroStarts } from '../../weights/new-head.ts';
import type { Settings } from '../settings.ts';
import { meanGradients, withHead } from './backbone-gradients.ts';
import type { Plan } from './plan.ts';
import type { TrainRunOptions } from './train-run.ts';

/** Batches that gradients are taken of, and pictures in each. */
const [BATCHES, SIZE] = [8, 32];
/** Greatest rank that a layer may get. */
const MOST = 64;

/** What is to be adapted to what. */
interface RankJob {
  readonly dataset: Dataset;
  readonly model: Model;
  readonly plan: Plan;
  /** The backbone's weights. */
  readonly given: ReadonlyMap<string, Tensor<'float32'>> | undefined;
}

/** The settings with what the data say of them: ranks of adapters that are to be found. */
export async function withRanks(settings: Settings, job: RankJob, options: TrainRunOptions): Promise<Settings> {
  const { adapters } = settings;
  if (adapters?.rank !== 'auto' || adapters.ranks) return settings;
  check(!options.ranks, 'ranks of adapters are found in one process: give --adapt-rank a number, or leave out mpirun');
  const { warm } = options;
  check(
    !warm || warm.ranks,
    'what was learned before has one rank everywhere: give --adapt-rank the number that it had then, or leave out --from',
  );
  const ranks = warm?.ranks ?? (await adapterRanks(job, settings, adapters, options));
  return { ...settings, adapters: { ...adapters, ranks: { ...ranks } } };
}

/**
 * Ranks of low-rank pairs, another for each layer, for a number of parameters. At the start a pair of rank r can lower the loss by no more, to first
 * order, than the r largest singular values of the gradient of its layer's weight say (LoRA-GA, Wang et al. 2024, arXiv 2407.05000, starts pairs in their
 * directions). The squares of all layers' values, over what a rank costs there, are ranked together until the budget is spent, as EVA (Paischer et al.
 * 2024, arXiv 2410.07170) does with those of activations. The gradient is the mean over some batches of the run's own pictures, not varied, behind a
 * head that has learned on them first: before that it says nothing about the backbone.
 * @throws YosegiError where a rank says nothing about what is learned
 */
async function adapterRanks(
  { dataset, model, plan, given }: RankJob,
  settings: Settings,
  adapters: AdapterOptions,
  { device, hooks = {} }: TrainRunOptions,
): Promise<Record<string, number>> {
  const { preprocessing } = plan;
  const { task } = dataset;
  const { train } = settings;
  const budget = budgetOf(model, adapters);
  check(
    budget.layers.length > 0 && budget.layers.every(({ form }) => form.unfolded),
    () =>
      `--adapt-rank auto finds ranks of low-rank pairs, and ${adapters.method} has none: leave it out, or take lora`,
  );
  const network = task.network(model, settings.task);
  const first = initialValues(
    graph(network.outputs),
    train.seed,
    new Map([...(given ? zeroStarts(network, given) : []), ...(given ?? [])]),
  );
  const source = trainSource(dataset, {
    preprocessing,
    batchSize: Math.min(SIZE, dataset.items.train.length),
    seed: train.seed,
    recipe: recipe('none'),
  });
  const runtime = await openRuntime({ device, threads: train.threads, onNotice: hooks.onNotice });
  try {
    const batches: Batch[] = [];
    for (let i = 0; i < Math.min(BATCHES, source.batchesPerEpoch); i++) batches.push(await source.batch(0, i));
    const parts = { runtime, task, network, settings, batches, counts: dataset.classes.map(() => 1) };
    const weights = await withHead(parts, first);
    const gradients = await meanGradients(
      parts,
      weights,
      new Set(budget.layers.map(({ layer }) => nameOf(layer.weight)!)),
    );
    const ranks = ranksFrom(budget, gradients, train.seed);
    hooks.onNotice?.(ranksText(ranks, budget, batches.length));
    return ranks;
  } finally {
    await runtime.close();
    await source.close();
  }
}

function ranksFrom({ layers, most }: Budget, gradients: ReadonlyMap<string, Float32Array>, seed: number) {
  const worths = layers.flatMap((formed) => {
    const { layer, form } = formed;
    const gradient = gradients.get(nameOf(layer.weight)!);
    // A head may read less than the whole model.
    if (!gradient) return [];
    const { matrices, each } = form.unfolded!(layer, gradient);
    const count = Math.min(MOST, form.greatestRank(layer)) * each;
    const values = matrices.map((m) => leadingSingularValues(m, count, random(seed, 'ranks', layer.name)));
    return [worthOf(formed, values, each)];
  });
  const ranks = ranksWithin(worths, most);
  const least = Math.min(...worths.map(({ cost }) => cost));
  check(
    Object.keys(ranks).length > 0,
    () => `${Math.floor(most)} numbers are not enough for one pair, the smallest has ${least}: raise --adapt-share`,
  );
  return ranks;
}

function ranksText(ranks: Readonly<Record<string, number>>, { layers, most }: Budget, batches: number): string {
  const all = Object.values(ranks);
  return (
    `ranks from the gradients of ${batches} batches: ${all.length} of ${layers.length} layers have pairs, of rank ` +
    `${Math.min(...all)} to ${Math.max(...all)}, within ${Math.floor(most)} numbers`
  );
}
