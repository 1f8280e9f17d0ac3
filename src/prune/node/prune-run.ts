import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { shellPath } from '../../base/node/shell.ts';
import { graphCost } from '../../graph/cost.ts';
import type { Graph } from '../../graph/graph.ts';
import { importFolder } from '../../imported/node/import-folder.ts';
import { timeGraph } from '../../measure/time-graph.ts';
import { classifier } from '../../models/model.ts';
import { writeModelFile } from '../../onnx/node/files.ts';
import { toOnnx } from '../../onnx/print.ts';
import type { TrainRunResult } from '../../run/node/fit.ts';
import { imagesOf, type LoadedRun, loadRun } from '../../run/node/run-folder.ts';
import { taskOptionsOf } from '../../run/task-options.ts';
import { openRuntime } from '../../runtime/node/open.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { Criterion } from '../importance.ts';
import { type Pruned, pruneTo } from '../prune.ts';
import { type Recovery, recovered } from './recover.ts';
import { productsOf } from './taylor.ts';

/** What is to be met: milliseconds for one picture on this machine, so many times as fast as before, or a share of the multiply-adds. */
export type Target = { readonly ms: number } | { readonly speed: number } | { readonly macs: number };

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

/** What a network was before, and what it is now. */
export interface Size {
  readonly parameters: number;
  readonly macs: number;
  /** Milliseconds for one picture, median; undefined where the target is none of time. */
  readonly ms?: number;
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
  const { out, steps, target, hooks = {}, recover = recovered } = options;
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
    const measure = (g: Graph) => sizeOfGraph(runtime, g, options);
    const before = await measure(classifier(begun.model));
    let loaded = begun;
    let now = before;
    let trained: TrainRunResult | undefined;
    for (let step = 1; step <= steps; step++) {
      const limit = limitOf(target, before, step / steps);
      const products = options.criterion === 'taylor' ? await productsOf(loaded, data, runtime) : [];
      const pruned = await pruneTo(
        classifier(loaded.model),
        loaded.weights,
        async (form) => meets(limit, await measure(form.graph)),
        { ...options, products },
      );
      now = await measure(pruned.graph);
      hooks.onNotice?.(`step ${step} of ${steps}: ${sizeText(now)}; ${options.epochs} epochs to recover`);
      const folder = await modelFolder(
        join(work, `${loaded.run.model.replace(/[^\w.-]/g, '_')}-pruned`),
        pruned,
        loaded,
      );
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

interface Limit {
  readonly ms?: number;
  readonly macs?: number;
}

/** What a step must reach: the way to the target in equal factors. */
function limitOf(target: Target, before: Size, part: number): Limit {
  if ('macs' in target) return { macs: before.macs * target.macs ** part };
  const ms = 'ms' in target ? target.ms : before.ms! / target.speed;
  return { ms: before.ms! * (ms / before.ms!) ** part };
}

const meets = (limit: Limit, size: Size): boolean =>
  limit.ms === undefined ? size.macs <= limit.macs! : size.ms! <= limit.ms;

async function sizeOfGraph(runtime: Runtime, g: Graph, { target, threads }: PruneRunOptions): Promise<Size> {
  const { parameters, macs } = graphCost(g, { N: 1 });
  return 'macs' in target ? { parameters, macs } : { parameters, macs, ms: await timeGraph(runtime, g, threads) };
}

/** The pruned network as a model folder: what `yosegi import` would make of its file. */
async function modelFolder(folder: string, { graph, weights }: Pruned, { run }: LoadedRun): Promise<string> {
  const file = `${folder}.onnx`;
  const labels = `${folder}.txt`;
  await writeModelFile(file, toOnnx(graph, { constants: weights, target: 'standard' }));
  await writeFile(labels, run.classes.map((name) => `${name}\n`).join(''));
  const { size: _, ...preprocessing } = run.preprocessing;
  await importFolder(file, folder, { labels, preprocessing, force: true });
  await rm(file);
  await rm(labels);
  return folder;
}

/** `2.22 M parameters, 301 M multiply-adds, 8.3 ms`. */
export const sizeText = ({ parameters, macs, ms }: Size): string =>
  `${(parameters / 1e6).toFixed(2)} M parameters, ${(macs / 1e6).toFixed(0)} M multiply-adds${ms === undefined ? '' : `, ${ms.toFixed(2)} ms`}`;
