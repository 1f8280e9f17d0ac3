import { check, messageOf, YosegiError } from '../base/errors.ts';
import { checkFormat, conform, type Fail, jsonOf } from '../base/json.ts';
import { preprocessingSchema } from '../data/preprocess.ts';
import { type Maker, makerOf } from '../run/maker.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Task } from '../tasks/task.ts';
import { TOKENIZER } from './caption-files.ts';
import { bundledReader } from './captions.ts';
import { labelsSchema } from './contents.ts';
import { MAKING, makingSchema } from './making.ts';
import { MANIFEST, type Manifest, manifestSchema } from './manifest.ts';

/** Gives the bytes of a file of a bundle by its path there, e.g. with `fetch`; throws where there is none. */
export type ReadFile = (path: string) => Promise<Uint8Array>;

/** A bundle whose model makes pictures, open. */
export interface BundledMaker extends Maker {
  /** Name of the bundle. */
  readonly name: string;
  /** Options of making, where nobody says others. */
  readonly making: Readonly<Record<string, unknown>>;
  /** Captions of real pictures, where the model is told such. */
  readonly examples: readonly string[];
}

/**
 * Opens a bundle whose model makes pictures, wherever its files come from: the way in for a browser page. Each file must have the size that the
 * manifest says, and its SHA-256 where the platform computes one (a page must be served from https or localhost for that).
 * @throws YosegiError that names the file which does not fit, and why
 */
export async function openBundledMaker(
  read: ReadFile,
  { task, runtime }: { readonly task: Task; readonly runtime: Runtime },
): Promise<BundledMaker> {
  const { makes } = task;
  check(makes, () => `the task ${task.name} answers about pictures and makes none`);
  const manifest = parsed(MANIFEST, await attempt(MANIFEST, read), (value, fail) => {
    checkFormat(value, 'yosegi-bundle', 2, fail);
    return conform(value, manifestSchema, fail);
  });
  check(
    manifest.task === task.name && manifest.beside,
    () => `the bundle is of the task ${manifest.task}, and its model makes no pictures; one of ${task.name} is needed`,
  );
  const listed = (path: string) => listedFile(manifest, path, read);
  const making = parsed(MAKING, await listed(MAKING), (value, fail) => {
    const file = conform(value, makingSchema, fail);
    return {
      task: conform(file.task, task.options, fail),
      making: conform(file.making, makes.options, fail),
      examples: file.examples ?? [],
    };
  });
  const labels = parsed('labels.json', await listed('labels.json'), (v, fail) => conform(v, labelsSchema, fail));
  const preprocessing = parsed('preprocessing.json', await listed('preprocessing.json'), (v, fail) =>
    conform(v, preprocessingSchema, fail),
  );
  const { classes } = manifest.model;
  const { size } = manifest.decoder ?? manifest.model;
  const says = `${size.join('×')} pixels and ${classes} classes`;
  const found = `${preprocessing.size.join('×')} pixels and ${labels.length} classes`;
  check(says === found, () => `the bundle contradicts itself: ${MANIFEST} says ${says}, its other files ${found}`);
  const program = await runtime.load(await listed('model.onnx'));
  const wanted = [manifest.input.name, ...manifest.beside.map(({ name }) => name)].sort().join(', ');
  const takes = [...program.inputs].sort().join(', ');
  check(wanted === takes, () => `model.onnx takes ${takes}; ${MANIFEST} says ${wanted}`);
  const decoder = manifest.decoder && (await runtime.load(await listed(manifest.decoder.file)));
  const captions = await bundledReader(manifest.captions, runtime, listed).catch((error: unknown) => {
    throw error instanceof YosegiError ? error : failIn(TOKENIZER)(`cannot be used: ${messageOf(error)}`, error);
  });
  const maker = makerOf({
    ...{ task, taskOptions: making.task, classes: labels, shape: manifest.model, preprocessing, program },
    ...{ decoder, captions },
  });
  return { ...maker, name: manifest.name, making: making.making, examples: making.examples };
}

const failIn =
  (path: string): Fail =>
  (problem, cause) =>
    new YosegiError(`the bundle does not fit: ${path} ${problem}`, { cause });

function parsed<T>(path: string, bytes: Uint8Array, as: (value: unknown, fail: Fail) => T): T {
  const fail = failIn(path);
  return as(jsonOf(new TextDecoder().decode(bytes), fail), fail);
}

async function attempt(path: string, read: ReadFile): Promise<Uint8Array> {
  try {
    return await read(path);
  } catch (error) {
    throw failIn(path)(`cannot be read: ${messageOf(error)}`, error);
  }
}

async function listedFile({ files }: Manifest, path: string, read: ReadFile): Promise<Uint8Array> {
  const fail = failIn(path);
  const entry = files.find((f) => f.path === path);
  if (!entry) throw fail('is not listed in the manifest');
  const bytes = await attempt(path, read);
  if (bytes.length !== entry.bytes) throw fail(`has ${bytes.length} bytes, the manifest says ${entry.bytes}`);
  const { subtle } = globalThis.crypto;
  if (!subtle) return bytes;
  const digest = new Uint8Array(await subtle.digest('SHA-256', Uint8Array.from(bytes)));
  const found = Array.from(digest, (b) => b.toString(16).padStart(2, '0')).join('');
  if (found !== entry.sha256) throw fail('was changed: its SHA-256 is not the one in the manifest');
  return bytes;
}
