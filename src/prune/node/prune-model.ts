import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { shellPath } from '../../base/node/shell.ts';
import type { Tensor } from '../../base/tensor.ts';
import { type Preprocessing, preprocessing } from '../../data/preprocess.ts';
import type { Graph } from '../../graph/graph.ts';
import { openImported } from '../../imported/node/open-imported.ts';
import { classifier, type Model } from '../../models/model.ts';
import { ownNetwork } from '../../models/network.ts';
import { createModel } from '../../models/registry.ts';
import { initialValues } from '../../nn/init.ts';
import { isModelFolder } from '../../run/node/open-model.ts';
import { openRuntime } from '../../runtime/node/open.ts';
import { preprocessingFromConfig } from '../../weights/config.ts';
import { fitWeights } from '../../weights/fit.ts';
import { resolveWeights } from '../../weights/node/resolve.ts';
import { type Criterion, needsGradients } from '../importance.ts';
import { pruneTo } from '../prune.ts';
import { writePruned } from './model-folder.ts';
import { limitOf, meets, type Size, sizeOfGraph, type Target } from './target.ts';

export interface PruneModelOptions {
  /** Weights (a name in the box, a folder or an id of the hub), or a folder that `yosegi import` wrote. */
  readonly from: string;
  /** The model folder to write. */
  readonly out: string;
  readonly target: Target;
  readonly criterion?: Criterion;
  readonly global?: boolean;
  /** Pixels that multiply-adds and milliseconds are counted at, and that the model is for by itself; default: as it is now. */
  readonly size?: number | readonly [number, number] | undefined;
  readonly threads?: number;
  /** Replaces a model that is already in `out`. */
  readonly force?: boolean | undefined;
}

/**
 * Takes channels out of a network that nobody trains here, without any picture: a backbone that several tasks will share. What comes out is a model folder as
 * `yosegi import` writes it, whose network has to learn again.
 * @throws YosegiError where pictures are needed, the network has no classifier of its own, or the target cannot be met
 */
export async function pruneModel(options: PruneModelOptions): Promise<{ readonly before: Size; readonly after: Size }> {
  const { from, out, target, criterion = 'magnitude', threads, force = false } = options;
  check(
    !needsGradients(criterion),
    () =>
      `--by ${criterion} needs pictures with labels, and ${from} is a network without: take --by magnitude or scale, or train it first and prune the run`,
  );
  const { model, weights, labels, preprocessing } = await opened(options);
  const work = await mkdtemp(join(tmpdir(), 'yosegi-prune-'));
  const runtime = await openRuntime();
  try {
    const measure = (g: Graph) => sizeOfGraph(runtime, g, target, threads);
    const whole = classifier(model);
    const before = await measure(whole);
    const limit = limitOf(target, before, 1);
    const pruned = await pruneTo(whole, weights, async ({ graph }) => meets(limit, await measure(graph)), {
      ...options,
      criterion,
    });
    const after = await measure(pruned.graph);
    await writePruned(out, pruned, { labels, preprocessing, force }, work);
    return { before, after };
  } finally {
    await runtime.close();
    await rm(work, { recursive: true, force: true });
  }
}

/** Classes of a classifier that knows nothing, for weights without one; whoever trains the network has another, or teaches it. */
const UNTAUGHT = 2;

interface Opened {
  readonly model: Model;
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly labels: readonly string[] | undefined;
  readonly preprocessing: Preprocessing;
}

async function opened({ from, size }: PruneModelOptions): Promise<Opened> {
  if (await isModelFolder(from)) {
    const { model, weights, record } = await openImported(from, { ...(size !== undefined && { size }) });
    check(
      record.classes !== null,
      () =>
        `${from} has no classifier of its own, and only networks that end in one are pruned: train it first (yosegi train DIR --model ${shellPath(from)}) and prune the run`,
    );
    const { labels, preprocessing } = record;
    return { model, weights, labels: labels ?? undefined, preprocessing };
  }
  const { tensors, config } = await resolveWeights(from);
  check(
    config,
    () =>
      `${from} does not say which network its weights are for: give a folder with its config.json, or train it first (yosegi train DIR --weights ${shellPath(from)}) and prune the run`,
  );
  const { architecture, channels, descriptions, labels } = config;
  const classes = config.classes || UNTAUGHT;
  const input = preprocessingFromConfig(config, { ...(size !== undefined && { size }) });
  const model = createModel(architecture, { size: input.size, classes, channels });
  const taught = config.classes > 0;
  const { weights: stored } = fitWeights(ownNetwork(model), tensors, { head: taught ? 'keep' : 'replace' });
  const weights = taught ? stored : new Map([...initialValues(classifier(model), 0), ...stored]);
  return { model, weights, labels: descriptions ?? labels, preprocessing: preprocessing(input) };
}
