import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Adapted } from '../../adapters/adapt.ts';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { isMissing } from '../../base/node/missing.ts';
import { readJson } from '../../base/node/read-json.ts';
import { shellPath } from '../../base/node/shell.ts';
import { isFloat32, type Tensor } from '../../base/tensor.ts';
import { graphCost } from '../../graph/cost.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import { openImported } from '../../imported/node/open-imported.ts';
import type { Model, ModelOptions } from '../../models/model.ts';
import { createModel } from '../../models/registry.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { Epoch } from '../../train/epoch.ts';
import { readSealed } from '../../weights/node/sealed.ts';
import { adaptedBy, mergedBy } from '../adapted.ts';
import { inputShape } from '../latents.ts';
import { type Run, runSchema } from '../records.ts';
import { taskOptionsOf } from '../task-options.ts';
import { readLog } from './log-file.ts';
import { isModelFolder, openModel } from './open-model.ts';

/** A trained model as `yosegi train` left it. */
export interface LoadedRun {
  readonly folder: string;
  readonly run: Run;
  /** The model built again, in inference form. */
  readonly model: Model;
  /** Values of every parameter and statistic of the classifier, from `best/`. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  /** The classes have no names of their own: an imported file need not name them. */
  readonly unnamed: boolean;
  /** The epochs so far; none where there is no log. */
  readonly epochs: readonly Epoch[];
}

/**
 * Reads a run folder: `run.json`, the best weights and the log.
 * @throws YosegiError that says what is missing or does not fit, and what to do
 */
export async function loadRun(folder: string): Promise<LoadedRun> {
  if (await isModelFolder(folder)) return importedRun(folder);
  return loadedFrom(await readStored(folder));
}

/** A run as its files have it, before anything is merged. */
export interface StoredRun {
  readonly folder: string;
  readonly run: Run;
  /** The model without what is learned beside its layers. */
  readonly plain: Model;
  readonly adapted: Adapted | undefined;
  /** Values of every parameter of the network that was trained. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
}

/** Reads a run that was trained; throws as {@link loadRun} does. */
export async function readStored(folder: string): Promise<StoredRun> {
  const run = await readRun(folder);
  const plain = await modelOf(run, folder);
  const adapted = adaptedBy(run, plain);
  return { folder, run, plain, adapted, weights: await readWeights(folder, run, adapted?.model ?? plain) };
}

/** The same, ready to be used. */
export async function loadedFrom({ folder, run, plain, adapted, weights }: StoredRun): Promise<LoadedRun> {
  const epochs = await readLog(folder, taskNamed(run.task).figures);
  return { folder, run, ...mergedBy(adapted, plain, weights), unnamed: false, epochs };
}

/** `run.json` alone. */
export async function readRun(folder: string): Promise<Run> {
  const path = join(folder, 'run.json');
  const advice =
    'It was written by another version of yosegi, or changed: train again, or use the version that wrote it';
  const run = await readJson(path, runSchema, advice);
  check(
    run,
    () => `${folder} is not a run folder: it has no run.json. 'yosegi train DATA --out ${shellPath(folder)}' makes one`,
  );
  return run;
}

/** The folder of a run's images: the one `given`, else the one it was trained on, if that is still there. */
export async function imagesOf(run: Run, given: string | undefined, advice: string): Promise<string> {
  if (given !== undefined) return given;
  const there = await stat(run.data).then(
    () => true,
    () => false,
  );
  check(there, () => `the images that this run was trained on are no longer at ${run.data}: ${advice}`);
  return run.data;
}

/** The model that a run in `folder` trains, built again. */
export async function modelOf(
  run: Run,
  folder: string,
  options: Pick<ModelOptions, 'dropPath' | 'dropRate'> = {},
): Promise<Model> {
  const all = { ...inputShape(run), classes: Math.max(1, run.classes.length), ...options };
  const only = taskNamed(run.task).models;
  if (only) return only.create(run.model, all, run.overrides);
  if (run.source === undefined) return createModel(run.model, all, run.overrides);
  return (await openModel(join(folder, run.source), all, run.overrides)).model;
}

/** An imported model as it is, without training: what a run would be that ended before its first step. */
async function importedRun(folder: string): Promise<LoadedRun> {
  const { model, weights, record } = await openImported(folder);
  const classes = record.answers?.classes ?? record.classes;
  check(
    classes !== null,
    () => `${folder} was cut off before its classifier: train it (yosegi train DIR --model ${shellPath(folder)}) first`,
  );
  const cost = graphCost(graph(model.answers ?? { logits: model.logits }), { N: 1 });
  const run: Run = {
    format: 2,
    task: record.answers?.task ?? 'classify',
    name: record.name,
    created: record.created,
    yosegi: record.yosegi,
    data: '',
    model: record.name,
    overrides: {},
    classes: record.labels ?? Array.from({ length: classes }, (_, i) => `class ${i}`),
    channels: model.channels,
    preprocessing: record.preprocessing,
    options: {},
    parameters: cost.parameters,
    macs: cost.macs,
    images: { train: 0, val: 0, test: 0 },
    problems: [],
  };
  return { folder, run, model, weights, unnamed: record.labels === null, epochs: [] };
}

/** The weights of the task's network on the model. */
async function readWeights(folder: string, run: Run, model: Model): Promise<Map<string, Tensor<'float32'>>> {
  // Where this version wrote them, they have a SHA-256.
  const must = run.split !== undefined;
  const path = join(folder, 'best', 'model.safetensors');
  let tensors: ReadonlyMap<string, Tensor>;
  try {
    tensors = (await readSealed(path, { must })).tensors;
  } catch (error) {
    if (isMissing(error)) {
      throw new YosegiError(
        `there are no trained weights yet (${path}): the first epoch has not ended, or none gave a network to keep. Let 'yosegi train' go on or resume it; where it diverged, train anew`,
      );
    }
    throw new YosegiError(
      `${messageOf(error)}. Where the training has not ended, resume it: the next best epoch writes the file again. Else train anew`,
      {
        cause: error,
      },
    );
  }
  const { params } = graph(taskNamed(run.task).network(model, taskOptionsOf(run)).outputs);
  const weights = new Map<string, Tensor<'float32'>>();
  const wrong: string[] = [];
  for (const p of params) {
    const name = nameOf(p)!;
    const t = tensors.get(name);
    if (!t) wrong.push(`${name} is missing`);
    else if (!isFloat32(t) || t.shape.join() !== p.type.shape.join()) {
      wrong.push(`${name} is ${t.dtype}[${t.shape}], not float32[${p.type.shape}]`);
    } else weights.set(name, t);
  }
  const known = new Set(params.map(nameOf));
  for (const name of tensors.keys()) if (!known.has(name)) wrong.push(`${name} is not part of the model`);
  check(
    wrong.length === 0,
    () =>
      `the weights in ${path} are not those of ${model.name} as run.json describes it: ${wrong.slice(0, 4).join('; ')}` +
      `${wrong.length > 4 ? `; and ${wrong.length - 4} more` : ''}. Were files of two runs mixed? Otherwise train again`,
  );
  return weights;
}
