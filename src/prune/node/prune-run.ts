import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { shellPath } from '../../base/node/shell.ts';
import type { Graph } from '../../graph/graph.ts';
import { classifier } from '../../models/model.ts';
import type { TrainRunResult } from '../../run/node/fit.ts';
import { imagesOf, type LoadedRun, loadRun } from '../../run/node/run-folder.ts';
import { taskOptionsOf } from '../../run/task-options.ts';
import { openRuntime } from '../../runtime/node/open.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { Criterion } from '../importance.ts';
import { pruneTo } from '../prune.ts';
import { checkSteps, gradientsFor } from './gradients.ts';
import { writePruned } from './model-folder.ts';
import { type Recovery, recovered } from './recover.ts';
import { limitOf, meets, type Size, sizeOfGraph, sizeText, type Target } from './target.ts';

export interface PruneRunOptions extends Omit<Recovery, 'data' | 'train'> {
  readonly run: string;
  readonly target: Target;
  /** How often is pruned and recovered until the target is met. */
  readonly steps: number;
  readonly criterion?: Criterion;
  readonly global?: boolean;
  /** Where the images are now; default: where the run found them. */
  readonly data?: string;
  /** Threads that milliseconds are measured with. */
  readonly threads?: number;
  /** How what is left is trained; default: for all its epochs. */
  readonly recover?: typeof recovered;
}

export interface PrunedRun {
  readonly before: Size;
  readonly after: Size;
  readonly trained: TrainRunResult;
}

/**
 * Takes channels out of a run's network until a target is met, and trains what is left on the run's own images, in as many steps as asked.
 * What comes out is a run like any other; the images are split as before, as seed and shares are the same.
 * @throws YosegiError where the network's head is not its own, or the target cannot be met
 */
export async function pruneRun(options: PruneRunOptions): Promise<PrunedRun> {
  const { out, steps, target, criterion = 'magnitude', hooks = {}, recover = recovered } = options;
  checkSteps(criterion, steps);
  const begun = await loadRun(options.run);
  checkWhole(begun, options.run);
  const data = await imagesOf(
    begun.run,
    options.data,
    `say where they are: yosegi prune ${shellPath(options.run)} --data DIR`,
  );
  const work = await mkdtemp(join(tmpdir(), 'yosegi-prune-'));
  const runtime = await openRuntime();
  try {
    const measure = (g: Graph) => sizeOfGraph(runtime, g, target, options.threads);
    const before = await measure(classifier(begun.model));
    let loaded = begun;
    let now = before;
    let trained: TrainRunResult | undefined;
    for (let step = 1; step <= steps; step++) {
      const limit = limitOf(target, before, step / steps);
      const products = await gradientsFor(criterion, loaded, data, runtime);
      const pruned = await pruneTo(
        classifier(loaded.model),
        loaded.weights,
        async (form) => meets(limit, await measure(form.graph)),
        { ...options, products },
      );
      now = await measure(pruned.graph);
      hooks.onNotice?.(`step ${step} of ${steps}: ${sizeText(now)}; ${options.epochs} epochs to recover`);
      const folder = join(work, `${loaded.run.model.replace(/[^\w.-]/g, '_')}-pruned`);
      const { classes: labels, preprocessing } = loaded.run;
      await writePruned(folder, pruned, { labels, preprocessing, force: true }, work);
      const last = step === steps;
      const place = last ? out : join(work, `run${step}`);
      trained = await recover({ model: folder }, loaded, {
        ...options,
        data,
        out: place,
        force: last ? (options.force ?? false) : true,
      });
      if (trained.result.reason === 'stopped') break;
      loaded = await loadRun(place);
      await rm(folder, { recursive: true, force: true });
    }
    return { before, after: now, trained: trained! };
  } finally {
    await runtime.close();
    await rm(work, { recursive: true, force: true });
  }
}

/** Only a network that ends in its own classifier can be taken in again as a model. */
function checkWhole({ run, model }: LoadedRun, folder: string): void {
  const { outputs } = taskNamed(run.task).network(model, taskOptionsOf(run));
  check(
    Object.values(outputs).length === 1 && Object.values(outputs)[0] === model.logits,
    () =>
      `${folder} has a head of the task ${run.task}, or exits: only networks that end in their own classifier are pruned`,
  );
}
