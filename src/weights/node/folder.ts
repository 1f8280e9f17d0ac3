import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { z } from 'zod';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { readText } from '../../base/node/bounded.ts';
import { parseJson } from '../../base/node/read-json.ts';
import type { Tensor } from '../../base/tensor.ts';
import { type PretrainedConfig, pretrainedConfig } from '../config.ts';
import { isFile } from './cache.ts';
import { readSafetensors, readZippedSafetensors } from './files.ts';

/** Weights from files, and what is said about them. */
export interface StoredWeights {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Of a single file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Where a config.json lies beside the weights. */
  readonly config?: PretrainedConfig;
  /** The file that was read, or the index of several. */
  readonly path: string;
}

/** A config.json is some kilobytes; with the names of 21,000 classes two megabytes. */
const MAX_JSON = 2 ** 25;
const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/** Reads one .safetensors file, zipped (.safetensors.gz) or not, with a `config.json` beside it where it has the name that the hub gives weights. */
export async function readWeightsFile(path: string, onNotice?: (message: string) => void): Promise<StoredWeights> {
  if (path.endsWith('.safetensors.gz')) return { ...(await readZippedSafetensors(path)), path };
  check(extname(path) === '.safetensors', () => notSafetensors(path));
  const { tensors, metadata } = await readSafetensors(path);
  const stored = { tensors, metadata, path };
  if (basename(path) !== WEIGHTS) return stored;
  try {
    return { ...stored, ...(await configIn(dirname(path))) };
  } catch (error) {
    // The file was asked for, not what lies beside it.
    onNotice?.(`${messageOf(error)}: not used`);
    return stored;
  }
}

/** Reads a folder as the hub lays it out: `model.safetensors`, or an index and its shards; and `config.json`. */
export async function readWeightsFolder(folder: string): Promise<StoredWeights> {
  const path = join(folder, WEIGHTS);
  if (await isFile(path)) {
    const { tensors, metadata } = await readSafetensors(path);
    return { tensors, metadata, path, ...(await configIn(folder)) };
  }
  if (await isFile(join(folder, INDEX))) {
    const tensors = await readShards(folder);
    return { tensors, metadata: {}, path: join(folder, INDEX), ...(await configIn(folder)) };
  }
  const run = join(folder, 'best', WEIGHTS);
  check(!(await isFile(run)), () => `${folder} is a run folder: give its weights themselves, ${run}`);
  const names = (await readdir(folder)).sort();
  const seen =
    names.length > 0 ? `it has ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}` : 'it is empty';
  const pickle = names.find((n) => /\.(bin|pth?|ckpt)$/.test(n));
  throw new YosegiError(
    `there is no ${WEIGHTS} in ${folder}: ${seen}${pickle ? `. ${notSafetensors(join(folder, pickle))}` : ''}`,
  );
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

async function readShards(folder: string): Promise<Map<string, Tensor>> {
  const path = join(folder, INDEX);
  const index = parseJson(await readText(path, MAX_JSON), indexSchema, path, 'Download the folder again.');
  const place = new Map(Object.entries(index.weight_map));
  const tensors = new Map<string, Tensor>();
  for (const file of new Set(place.values())) {
    check(
      /^[A-Za-z0-9_][A-Za-z0-9_.-]*\.safetensors$/.test(file),
      () => `${path} names the file '${file.slice(0, 80)}': a .safetensors file in the same folder is expected`,
    );
    for (const [name, t] of (await readSafetensors(join(folder, file))).tensors) {
      check(place.get(name) === file, () => `${file} holds the tensor '${name}', which ${INDEX} does not say`);
      tensors.set(name, t);
    }
  }
  for (const [name, file] of place) {
    check(tensors.has(name), () => `${file} has no tensor '${name}', though ${INDEX} says so`);
  }
  return tensors;
}

async function configIn(folder: string): Promise<{ config?: PretrainedConfig }> {
  const path = join(folder, 'config.json');
  if (!(await isFile(path))) return {};
  const json = await readText(path, MAX_JSON);
  try {
    return { config: pretrainedConfig(json) };
  } catch (error) {
    throw new YosegiError(`cannot use ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function notSafetensors(path: string): string {
  if (!/\.(bin|pth?|ckpt)$/.test(path)) return `${path} is no .safetensors file`;
  return (
    `${path} is a pickle file of PyTorch, which can hold programs and is not read. Where you trust it, convert it in Python: ` +
    `safetensors.torch.save_file(torch.load('${basename(path)}', weights_only=True), '${WEIGHTS}')`
  );
}
