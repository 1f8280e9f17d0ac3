import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import { writeJsonLines } from '../../base/node/json-lines.ts';
import type { FolderLock } from '../../base/node/lock.ts';
import { sha256Parts } from '../../base/node/sha256.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import type { Model } from '../../models/model.ts';
import { type Device, openRuntime } from '../../runtime/node/open.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import { isTrained } from '../../tasks/task.ts';
import { type Checkpoint, encodeCheckpoint } from '../../train/checkpoint.ts';
import type { Epoch } from '../../train/epoch.ts';
import { frozenParameters } from '../../train/freeze.ts';
import type { StepEvent, TrainingResult } from '../../train/job.ts';
import { layerDecay } from '../../train/layer-decay.ts';
import type { Ranks } from '../../train/ranks.ts';
import { train } from '../../train/trainer.ts';
import { writeSealed } from '../../weights/node/sealed.ts';
import type { Run } from '../records.ts';
import { changesText, environmentChanges } from '../resume-check.ts';
import type { Settings } from '../settings.ts';
import { latentSources } from './autoencoder/sources.ts';
import { captionedSources } from './captions/sources.ts';
import { environmentOf } from './environment.ts';
import { fingerprint } from './fingerprint.ts';
import { firstWeights, firstWeightsAgain } from './first-weights.ts';
import { checkShared, countsOf, sourcesOf, taughtBy } from './fit-sources.ts';
import { LOG_FILE } from './log-file.ts';
import { probeJob } from './probe-run.ts';
import { showingMade } from './show-made.ts';
import { openTeacher } from './teacher.ts';

export interface Hooks {
  readonly onScan?: (done: number, total: number) => void;
  readonly onStart?: (started: Started) => void;
  readonly onStep?: (event: StepEvent) => void;
  readonly onValidate?: (done: number, of: number) => void;
  readonly onEpoch?: (epoch: Epoch) => void;
  readonly onNotice?: (message: string) => void;
  /** While weights are downloaded. */
  readonly onDownload?: (done: number, total: number) => void;
  /** While a head is fitted without training steps; `what` names the part of the work. */
  readonly onFit?: (what: string, done: number, of: number) => void;
  /** While a linear probe's backbone runs over the images of a split. */
  readonly onFeatures?: (split: 'train' | 'val', done: number, of: number) => void;
}

/** What is known when training begins. */
interface Started {
  readonly run: Run;
  readonly settings: Settings;
  readonly model: Model;
  readonly task: NodeTask;
  /** Processes that train together. */
  readonly processes: number;
  /** Steps that an earlier part of this run has done. */
  readonly resumedAt: number;
}

export interface TrainRunResult {
  readonly run: Run;
  readonly result: TrainingResult;
}

/** What is trained, on what, and how. */
export interface Fit {
  readonly dataset: Dataset;
  readonly run: Run;
  readonly settings: Settings;
  readonly out: string;
  readonly model: Model;
  /** The run folder is this process's. */
  readonly lock: FolderLock;
}

export interface FitOptions {
  readonly device?: Device;
  /** Goes on with another runtime or on another machine than before. */
  readonly allowChanges?: boolean;
  readonly hooks?: Hooks;
  readonly signal?: AbortSignal;
  /** First values of parameters by name; the others are drawn from the seed. */
  readonly weights?: ReadonlyMap<string, Tensor<'float32'>>;
  /** Processes that train together; one of them writes what becomes of it. */
  readonly ranks?: Ranks;
  /** The run was begun before: what it starts from is in its folder. */
  readonly again?: boolean;
}

/** Trains on an open data set and writes what becomes of it into the run folder; with `resume`, goes on from there. */
export async function fit(job: Fit, options: FitOptions, resume?: Checkpoint): Promise<TrainRunResult> {
  const { dataset, settings, out, model, lock } = job;
  const { hooks = {}, signal } = options;
  const { task, classes } = dataset;
  check(isTrained(task), () => `the task ${task.name} is not trained step by step`);
  const o = settings.train;
  checkShared(job, options.ranks);
  const runtime = await openRuntime({
    device: options.device,
    worker: true,
    threads: o.threads,
    onNotice: hooks.onNotice,
  });
  const best = join(out, 'best', 'model.safetensors');
  let own: Awaited<ReturnType<typeof sourcesFor>> | undefined;
  try {
    const run = await inEnvironment(job.run, out, runtime, options);
    own = await sourcesFor(job, runtime, options);
    const teacher = task.taught && (await openTeacher(out, run, runtime, o.threads));
    const about = { folder: out, run, dataset, runtime };
    const onCaption = (done: number, of: number) => hooks.onFit?.('reading captions', done, of);
    const told = await captionedSources(own, { ...about, onCaption }, o.seed);
    const sources = teacher ? taughtBy(teacher, told) : told;
    const network = task.network(model, settings.task);
    const weights = options.again
      ? await firstWeightsAgain(out, network, o.seed)
      : await firstWeights(out, network, o.seed, options.weights);
    hooks.onStart?.({
      run,
      settings,
      model,
      task,
      processes: options.ranks?.size ?? 1,
      resumedAt: resume?.progress.step ?? 0,
    });
    const frozen = frozenParameters(network, o.probe ? [] : o.freeze);
    const probe = o.probe
      ? await probeJob({ ...job, network, runtime, weights, onFeatures: hooks.onFeatures, signal })
      : {};
    const { onNotice } = hooks;
    const show = showingMade({ out, run, settings, task, network, runtime, dataset, signal, onNotice });
    const result = await train({
      task,
      network,
      classes,
      runtime,
      options: o,
      taskOptions: settings.task,
      ...sources,
      ...(teacher && { idle: 'sleep' }),
      trainable: (name) => !frozen.has(name),
      ...(o.layerDecay < 1 && { rateOf: layerDecay(network, o.layerDecay) }),
      ...probe,
      counts: countsOf(dataset),
      weights,
      resume,
      signal,
      meter: () => process.memoryUsage.rss(),
      ...(options.ranks && { ranks: options.ranks }),
      fingerprint: fingerprint(run, dataset),
      onStep: hooks.onStep,
      onValidate: hooks.onValidate,
      onNotice,
      onEpoch: async (epoch, progress, weights) => {
        await writeLog(out, progress.history);
        hooks.onEpoch?.(epoch);
        await show(epoch, weights);
      },
      save: async (checkpoint) => {
        await lock.confirm();
        await atomicWrite(join(out, 'last', 'checkpoint.safetensors'), encodeCheckpoint(checkpoint, sha256Parts));
      },
      saveBest: async (weights) => {
        await lock.confirm();
        await writeSealed(best, weights, { format: 'pt', model: run.model });
      },
    });
    if (result.best) await checkThere(best);
    return { run, result };
  } finally {
    await own?.train.close();
    await own?.val?.close();
    await runtime.close();
  }
}

/** Batches of pictures, or of what an autoencoder makes of them. */
const sourcesFor = (job: Fit, runtime: Runtime, options: FitOptions) =>
  job.run.latents ? latentSources(job, runtime, options) : sourcesOf(job, options.ranks);

/**
 * The run with what it is trained on from now on, also in its run.json.
 * @throws YosegiError where that is not what it was trained on so far, unless it is allowed
 */
export async function inEnvironment(
  run: Run,
  out: string,
  runtime: Runtime,
  { allowChanges, ranks }: FitOptions,
): Promise<Run> {
  const environment = { ...(await environmentOf(runtime)), ...(ranks && { processes: ranks.size }) };
  const changes = run.environment ? environmentChanges(run.environment, environment) : [];
  check(changes.length === 0 || allowChanges, () => `cannot resume ${out}: ${changesText(changes)}`);
  const now: Run = {
    ...run,
    environment,
    ...(changes.length > 0 && { changes: [...(run.changes ?? []), ...changes] }),
  };
  await writeRun(out, now);
  return now;
}

/** Writes run.json anew. */
export const writeRun = (out: string, run: Run): Promise<void> =>
  atomicWrite(join(out, 'run.json'), `${JSON.stringify(run, null, 2)}\n`);

/** A run without its best weights is no run that has ended well. */
export async function checkThere(best: string): Promise<void> {
  const there = await stat(best).then(
    (s) => s.isFile(),
    () => false,
  );
  check(there, () => `${best} was deleted while the training went on: the best weights are lost. Train again`);
}

/** Writes the whole log anew: the last part of a run may have ended between a checkpoint and its line in the log. */
export const writeLog = (out: string, history: readonly Epoch[]): Promise<void> =>
  writeJsonLines(join(out, LOG_FILE), history);
