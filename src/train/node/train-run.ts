import { mkdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import { isMissing } from '../../base/node/missing.ts';
import { yosegiVersion } from '../../base/node/version.ts';
import { isFloat32, type Tensor } from '../../base/tensor.ts';
import { type RecipeInput, recipe } from '../../data/augment/recipe.ts';
import { type Preprocessing, preprocessing } from '../../data/preprocess.ts';
import { type Dataset, openDataset } from '../../feed/node/dataset.ts';
import { evalSource, trainSource } from '../../feed/node/loader.ts';
import { summarise } from '../../feed/node/summary.ts';
import { graphCost } from '../../graph/cost.ts';
import { exitsGraph, type Model } from '../../models/model.ts';
import { initialValues } from '../../nn/init.ts';
import { type Device, openRuntime } from '../../runtime/node/open.ts';
import { SafetensorsError } from '../../weights/errors.ts';
import { fitWeights } from '../../weights/fit.ts';
import { newClassifiers } from '../../weights/new-head.ts';
import { readSafetensors, writeSafetensors } from '../../weights/node/files.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../checkpoint.ts';
import { frozenParameters } from '../freeze.ts';
import { layerDecay } from '../layer-decay.ts';
import { type TrainOptions, trainOptions } from '../options.ts';
import type { Epoch, Run } from '../records.ts';
import { type StepEvent, type TrainingResult, train } from '../trainer.ts';
import { claimFolder, clearFolder } from './claim.ts';
import { fingerprint } from './fingerprint.ts';
import { copyModelFolder, type OpenedModel, openModel, ownInput } from './open-model.ts';
import { pretrained, startOf } from './pretrained.ts';
import { probeJob } from './probe-run.ts';
import { imagesOf, modelOf, readRun } from './run-folder.ts';
import { type Settings, settingsOf } from './settings.ts';

/** A training run from a folder of images to a run folder. */
export interface TrainRunOptions {
  /** Folder of images. */
  readonly data: string;
  /** The run folder to write. */
  readonly out: string;
  readonly model?: string;
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Input size in pixels: one number, or height and width. Default 64. */
  readonly size?: number | readonly [number, number];
  readonly preprocessing?: Partial<Omit<Preprocessing, 'size'>>;
  /** Name of an augmentation recipe, or one of your own. Default 'light'. */
  readonly recipe?: string | RecipeInput;
  readonly sampling?: Settings['sampling'];
  readonly train?: Partial<TrainOptions>;
  readonly valFraction?: number;
  readonly testFraction?: number;
  readonly maxBroken?: number;
  /**
   * Weights to start from: a .safetensors file, a folder as on the Hugging Face hub, or an id there such as
   * `timm/hiera_tiny_224.mae_in1k_ft_in1k`. Its config.json, where there is one, decides the model, the input size and the
   * normalisation unless they are given.
   */
  readonly weights?: string;
  /** Folder that downloaded weights are kept in. */
  readonly cache?: string;
  /** Never asks the network. */
  readonly offline?: boolean;
  readonly device?: Device;
  /** Replaces a run that is already in `out`. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  readonly hooks?: Hooks;
}

export interface Hooks {
  readonly onScan?: (done: number, total: number) => void;
  readonly onStart?: (started: Started) => void;
  readonly onStep?: (event: StepEvent) => void;
  readonly onEpoch?: (epoch: Epoch) => void;
  readonly onNotice?: (message: string) => void;
  /** While weights are downloaded. */
  readonly onDownload?: (done: number, total: number) => void;
  /** While a linear probe's backbone runs over the images of a split. */
  readonly onFeatures?: (split: 'train' | 'val', done: number, of: number) => void;
}

/** What is known when training begins. */
export interface Started {
  readonly run: Run;
  readonly settings: Settings;
  readonly model: Model;
  /** Steps that an earlier part of this run has done. */
  readonly resumedAt: number;
}

export interface TrainRunResult {
  readonly run: Run;
  readonly result: TrainingResult;
}

/** Trains a classifier on a folder of images and writes a run folder (see train/records). */
export async function trainRun(options: TrainRunOptions): Promise<TrainRunResult> {
  const { out, hooks = {} } = options;
  const start = await pretrained(options);
  const model = options.model ?? start?.config?.architecture ?? 'ascan-nano';
  const input = start?.input ?? (await ownInput(model));
  const settings: Settings = {
    train: trainOptions(options.train ?? {}),
    recipe: recipe(options.recipe ?? 'light'),
    sampling: options.sampling ?? 'shuffle',
    valFraction: options.valFraction ?? 0.1,
    testFraction: options.testFraction ?? 0.2,
    maxBroken: options.maxBroken ?? 0.05,
  };
  const p = preprocessing({
    ...input,
    cropMode: 'squash',
    cropPct: 1,
    ...options.preprocessing,
    size: sizePair(options.size ?? input?.size ?? 64),
  });
  // A wrong layout or size is said before the data is read.
  const tried = await openModel(model, { size: p.size, classes: 2 }, options.overrides);
  frozenParameters(tried.model, settings.train.freeze);
  check(
    !(settings.train.probe && tried.model.exits),
    () =>
      `a linear probe trains one classifier, and ${tried.model.name} has ${tried.model.exits?.length}: leave out one`,
  );
  check(!(start && tried.imported), 'an imported model comes with its own weights: leave out --weights');
  await claimFolder(out, options.data, options.force ?? false);
  const dataset = await open(options.data, settings, p, hooks);
  try {
    const classes = dataset.classes.length;
    const { dropPath, dropRate } = settings.train;
    const opened = await openModel(model, { size: p.size, classes, dropPath, dropRate }, options.overrides);
    const described = await describeRun(dataset, options, opened, settings, p);
    const fitted = start && fitWeights(withBranchOf(opened.model, start.tensors), start.tensors);
    const weights = fitted?.weights ?? opened.imported?.weights;
    const run: Run = {
      ...described,
      ...(opened.imported && { source: 'source' }),
      ...(fitted && { pretrained: startOf(options.weights!, fitted.report) }),
    };
    await clearFolder(out);
    if (opened.imported) await copyModelFolder(opened.imported.folder, join(out, 'source'));
    await writeJson(join(out, 'run.json'), run);
    await writeJson(join(out, 'data.json'), summarise(dataset));
    return await fit({ dataset, run, settings, out, model: opened.model }, { ...options, weights });
  } finally {
    await dataset.close();
  }
}

/** Goes on with a run that was stopped, with its own options, to the very weights it would have had. */
export async function resumeRun(
  out: string,
  options: { data?: string; device?: Device; hooks?: Hooks; signal?: AbortSignal } = {},
): Promise<TrainRunResult> {
  const run = await readRun(out);
  const settings = settingsOf(run.options);
  const images = await imagesOf(run, options.data, `say where they are: yosegi train DIR --resume --out ${out}`);
  const dataset = await open(images, settings, run.preprocessing, options.hooks ?? {});
  try {
    const checkpoint = await readCheckpoint(out, fingerprint(run, dataset));
    // The last part may have ended between a checkpoint and its line in the log.
    await writeLog(out, checkpoint.progress.history);
    const { dropPath, dropRate } = settings.train;
    const model = await modelOf(run, out, { dropPath, dropRate });
    return await fit({ dataset, run, settings, out, model }, options, checkpoint);
  } finally {
    await dataset.close();
  }
}

interface FitOptions extends Pick<TrainRunOptions, 'device' | 'hooks' | 'signal'> {
  /** First values of parameters by name; the others are drawn from the seed. */
  readonly weights?: ReadonlyMap<string, Tensor<'float32'>>;
}

/** What is trained, on what, and how. */
interface Fit {
  readonly dataset: Dataset;
  readonly run: Run;
  readonly settings: Settings;
  readonly out: string;
  readonly model: Model;
}

async function fit(job: Fit, options: FitOptions, resume?: Checkpoint): Promise<TrainRunResult> {
  const { dataset, run, settings, out, model } = job;
  const { hooks = {} } = options;
  const o = settings.train;
  const runtime = await openRuntime({
    device: options.device,
    worker: true,
    threads: o.threads,
    onNotice: hooks.onNotice,
  });
  const batchSize = Math.min(o.batch, dataset.items.train.length);
  const sources = {
    train: trainSource(dataset, {
      preprocessing: run.preprocessing,
      batchSize,
      seed: o.seed,
      recipe: settings.recipe,
      sampling: settings.sampling,
    }),
    ...(dataset.items.val.length > 0 && {
      val: evalSource(dataset, 'val', { preprocessing: run.preprocessing, batchSize: 64 }),
    }),
  };
  try {
    const weights = await startingWeights(out, model, o, options.weights, resume !== undefined);
    hooks.onStart?.({ run, settings, model, resumedAt: resume?.progress.step ?? 0 });
    const frozen = frozenParameters(model, o.probe ? [] : o.freeze);
    const probe = o.probe ? await probeJob({ ...job, runtime, weights, onFeatures: hooks.onFeatures }) : {};
    const result = await train({
      model,
      runtime,
      options: o,
      ...sources,
      trainable: (name) => !frozen.has(name),
      ...(o.layerDecay < 1 && { rateOf: layerDecay(model, o.layerDecay) }),
      ...probe,
      weights,
      resume,
      signal: options.signal,
      classWeights: o.classWeights === 'balanced' ? balancedWeights(dataset) : undefined,
      fingerprint: fingerprint(run, dataset),
      onStep: hooks.onStep,
      onNotice: hooks.onNotice,
      onEpoch: async (epoch, progress) => {
        await writeLog(out, progress.history);
        hooks.onEpoch?.(epoch);
      },
      save: (checkpoint) => atomicWrite(join(out, 'last', 'checkpoint.safetensors'), encodeCheckpoint(checkpoint)),
      saveBest: (best) =>
        writeSafetensors(join(out, 'best', 'model.safetensors'), best, { format: 'pt', model: run.model }),
    });
    return { run, result };
  } finally {
    await sources.train.close();
    await sources.val?.close();
    await runtime.close();
  }
}

/** What stored weights are for: where they have no latent code, the model without the branch beside it. */
function withBranchOf(model: Model, stored: ReadonlyMap<string, Tensor>): Model {
  const { backbone } = model;
  return backbone && ![...stored.keys()].some((name) => /(^|\.)latent$/.test(name)) ? backbone : model;
}

/**
 * First values of everything. What cannot be drawn again from the seed, pretrained weights, is kept in the run folder: a resumed
 * run needs it for the parts that never change.
 */
async function startingWeights(
  out: string,
  model: Model,
  o: TrainOptions,
  given: ReadonlyMap<string, Tensor<'float32'>> | undefined,
  resumed: boolean,
): Promise<Map<string, Tensor<'float32'>>> {
  const drawn = initialValues(exitsGraph(model), o.seed);
  const path = join(out, 'first', 'model.safetensors');
  if (resumed) {
    const kept = await readSafetensors(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    for (const [name, t] of kept?.tensors ?? []) if (isFloat32(t)) drawn.set(name, t);
    return drawn;
  }
  const all = given ? new Map([...drawn, ...newClassifiers(model, given), ...given]) : drawn;
  if (given) {
    await mkdir(join(out, 'first'), { recursive: true });
    await writeSafetensors(path, all, { format: 'pt' });
  }
  return all;
}

function open(data: string, settings: Settings, p: Preprocessing, hooks: Hooks): Promise<Dataset> {
  const { train, valFraction, testFraction, maxBroken } = settings;
  return openDataset(data, {
    seed: train.seed,
    valFraction,
    testFraction,
    maxBroken,
    prepare: p,
    onProgress: hooks.onScan,
  });
}

async function describeRun(
  dataset: Dataset,
  options: TrainRunOptions,
  { model: built, name }: OpenedModel,
  settings: Settings,
  p: Preprocessing,
): Promise<Run> {
  const { classes, items } = dataset;
  check(
    classes.length >= 2,
    () => `a classifier needs at least two classes, ${dataset.root} has ${classes.length}: ${classes.join(', ')}`,
  );
  check(items.train.length > 0, () => `${dataset.root} has no images to train on`);
  const cost = graphCost(exitsGraph(built), { N: 1 });
  return {
    format: 1,
    name: basename(resolve(options.out)),
    created: new Date().toISOString(),
    yosegi: await yosegiVersion(),
    data: resolve(options.data),
    model: name,
    overrides: { ...options.overrides },
    classes: [...classes],
    channels: built.channels,
    preprocessing: p,
    options: { ...settings },
    parameters: cost.parameters,
    macs: cost.macs,
    images: { train: items.train.length, val: items.val.length, test: items.test.length },
    problems: dataset.problems.map(({ file, reason }) => ({ file, reason })),
  };
}

async function readCheckpoint(out: string, print: string): Promise<Checkpoint> {
  const path = join(out, 'last', 'checkpoint.safetensors');
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new YosegiError(`${out} has no checkpoint yet (${path}): start it again with --force`);
  }
  try {
    return decodeCheckpoint(bytes, print);
  } catch (error) {
    const advice =
      error instanceof SafetensorsError ? `. The checkpoint ${path} is damaged: train again with --force` : '';
    throw new YosegiError(`cannot resume ${out}: ${messageOf(error)}${advice}`, { cause: error });
  }
}

const writeLog = (out: string, history: readonly Epoch[]) =>
  atomicWrite(join(out, 'log.jsonl'), history.map((e) => `${JSON.stringify(e)}\n`).join(''));

function balancedWeights({ classes, items }: Dataset): number[] {
  const counts = classes.map((_, c) => items.train.filter((i) => i.label === c).length);
  return counts.map((n) => (n > 0 ? items.train.length / (classes.length * n) : 0));
}

const sizePair = (size: number | readonly [number, number]): [number, number] =>
  typeof size === 'number' ? [size, size] : [size[0], size[1]];

const writeJson = (path: string, value: unknown) => atomicWrite(path, `${JSON.stringify(value, null, 2)}\n`);
