import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { check, oneOf, YosegiError } from '../../base/errors.ts';
import { readText } from '../../base/node/bounded.ts';
import { packageFile } from '../../base/node/package-file.ts';
import { readJson } from '../../base/node/read-json.ts';
import type { Tensor } from '../../base/tensor.ts';
import { type PretrainedConfig, pretrainedConfig } from '../config.ts';
import { toFloat32 } from '../convert.ts';
import { checksum, readSafetensors } from './files.ts';

/** Weights in the box: they come with the package, so that nobody needs a network to start from trained features. */

const place = packageFile('box');

/** What weights in the box are asked for by, e.g. `box:mobilenetv2-imagenet`. */
export const BOX = 'box:';

const DEFAULT = 'mobilenetv2-imagenet';

/** What a training starts from where neither a model nor weights are named. */
export const DEFAULT_WEIGHTS = `${BOX}${DEFAULT}`;

const fileSchema = z.strictObject({
  file: z.string().regex(/^[a-z][a-z0-9.-]*\.safetensors$/),
  bytes: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const boxSchema = z.strictObject({
  format: z.literal(1),
  /** What was trained on what, by whom. */
  about: z.string().min(1),
  licence: z.string().min(1),
  origin: z.string().min(1),
  /** How a network that starts from them is trained where nothing is said: options of training, found by measurement (recipes/transfer.ts). */
  fineTune: z.record(z.string(), z.unknown()).default({}),
  files: z.strictObject({ backbone: fileSchema, classifier: fileSchema.optional() }),
});

/** What is known of weights in the box. */
export interface BoxEntry extends z.infer<typeof boxSchema> {
  readonly name: string;
  /** The folder that they, their licence and their origin lie in. */
  readonly folder: string;
  /** The network and its input. */
  readonly config: PretrainedConfig;
}

/** Weights out of the box, in single precision. */
export interface BoxWeights extends BoxEntry {
  readonly tensors: ReadonlyMap<string, Tensor<'float32'>>;
}

/** Everything in the box: first what is started from by default, then by name. */
export async function boxEntries(): Promise<BoxEntry[]> {
  return Promise.all((await boxNames()).map(entryOf));
}

/** What is known of these weights; a wrong name is answered with the nearest. */
export const boxEntry = async (name: string): Promise<BoxEntry> =>
  entryOf(oneOf('weights in the box', name, await boxNames()));

/**
 * Weights of this name, of the backbone and (unless `classifier` is false) of the classifier; half precision becomes float32.
 * @throws YosegiError that names the nearest name, or the file that is damaged
 */
export async function boxWeights(
  name: string,
  { classifier = true }: { readonly classifier?: boolean } = {},
): Promise<BoxWeights> {
  const entry = await boxEntry(name);
  const { backbone, classifier: head } = entry.files;
  const tensors = new Map<string, Tensor<'float32'>>();
  for (const listed of [backbone, ...(classifier && head ? [head] : [])]) {
    const path = join(entry.folder, listed.file);
    const { size } = await stat(path).catch(() => ({ size: 0 }));
    check(
      size === listed.bytes && (await checksum(path)) === listed.sha256,
      () => `${path} is not what came with yosegi: install it again`,
    );
    for (const [key, t] of (await readSafetensors(path)).tensors) tensors.set(key, toFloat32(t));
  }
  return { ...entry, tensors };
}

async function boxNames(): Promise<string[]> {
  try {
    const found = await readdir(place, { withFileTypes: true });
    return found
      .filter((f) => f.isDirectory())
      .map((f) => f.name)
      .sort((a, b) => Number(b === DEFAULT) - Number(a === DEFAULT) || (a < b ? -1 : 1));
  } catch (cause) {
    throw new YosegiError(`the weights that come with yosegi are missing (${place}): install it again`, { cause });
  }
}

async function entryOf(name: string): Promise<BoxEntry> {
  const folder = join(place, name);
  const path = join(folder, 'box.json');
  const box = await readJson(path, boxSchema, 'Install yosegi again.');
  check(box, () => `${path} is missing: install yosegi again`);
  return { ...box, name, folder, config: pretrainedConfig(await readText(join(folder, 'config.json'))) };
}
