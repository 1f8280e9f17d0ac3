import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { recoverFolder } from '../../base/node/leftovers.ts';
import { isFileAt } from '../../base/node/there.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { Preprocessing } from '../../data/preprocess.ts';
import { openImported, readRecord } from '../../imported/node/open-imported.ts';
import { GRAPH, RECORD, WEIGHTS } from '../../imported/record.ts';
import { beside, besidePicture, splitOverrides } from '../../models/dynamic-perceiver/beside.ts';
import type { Model, ModelOptions } from '../../models/model.ts';
import { createModel, modelNames, modelPicture, type Overrides } from '../../models/registry.ts';
import type { ModelSource } from '../../models/source.ts';

/** A model by name or from a folder that `yosegi import` wrote. */
export interface OpenedModel {
  readonly model: Model;
  /** What it is called in the registry or in its folder, whatever stands beside it. */
  readonly name: string;
  /** Its layout in one line. */
  readonly picture: string;
  /** Of an imported model: the folder, the values it came with, and how its pictures are prepared. */
  readonly imported?: {
    readonly folder: string;
    readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
    readonly preprocessing: Preprocessing;
  };
}

/** Whether a folder is one that `yosegi import` wrote. */
export async function isModelFolder(folder: string): Promise<boolean> {
  await recoverFolder(folder);
  return isFileAt(join(folder, RECORD));
}

/** Opens a variant of the registry, or a model folder, or one of the `only` models that a task takes; an unknown name is answered with the nearest. */
export async function openModel(
  name: string,
  options: ModelOptions = {},
  overrides: Overrides = {},
  only?: ModelSource,
): Promise<OpenedModel> {
  if (only) return { model: only.create(name, options, overrides), name, picture: only.picture(name, overrides) };
  // A folder that happens to be called like a model does not hide it.
  if (modelNames().includes(name) || !(await isModelFolder(name))) {
    return { model: createModel(name, options, overrides), name, picture: modelPicture(name, overrides) };
  }
  const { own, branch } = splitOverrides(overrides);
  const [setting] = Object.keys(own);
  check(setting === undefined, () => `${name} was imported: it has no ${setting} that could be another`);
  const { model, weights, record } = await openImported(name, options);
  const { file, producer } = record.source;
  const what = record.answers ? `, ${record.answers.task} by the contract ${record.answers.contract}` : '';
  const picture = `imported from ${file}${producer ? ` (${producer})` : ''}${what}`;
  return {
    model: beside(model, branch),
    name: record.name,
    picture: besidePicture(picture, branch),
    imported: { folder: name, weights, preprocessing: record.preprocessing },
  };
}

/** How a model's input is given by itself: a model folder knows its size and normalisation. */
export async function ownInput(name: string): Promise<Preprocessing | undefined> {
  if (modelNames().includes(name) || !(await isModelFolder(name))) return undefined;
  return (await readRecord(name)).preprocessing;
}

/** Copies a model folder's own files, so that a run does not depend on where it came from. */
export async function copyModelFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const file of [RECORD, GRAPH, WEIGHTS]) await copyFile(join(from, file), join(to, file));
}
