import { open, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { type StagedFile, stageFile } from '../../base/node/atomic.ts';
import { readInto } from '../../base/node/read.ts';
import { OnnxFormatError } from '../wire/errors.ts';
import { isExternal, type ReadExternal } from '../wire/external.ts';
import { type Externalized, externalize, internalize } from '../wire/externalize.ts';
import { type Limits, PROTOBUF_MAX_BYTES } from '../wire/limits.ts';
import { mapTensors } from '../wire/map-tensors.ts';
import type { Model } from '../wire/messages.ts';
import { decodeModel, encodePieces } from '../wire/model.ts';
import { externalReader } from './external-reader.ts';

export interface ReadModelOptions {
  readonly limits?: Partial<Limits>;
  /** Bytes of side files that may be read through the model's `readExternal` in all (8 GiB when left out). */
  readonly maxExternalBytes?: number;
}

/** A model and the way to the values it keeps in side files: give `readExternal` to `tensorFromProto`. */
export interface ModelFile {
  readonly model: Model;
  readonly readExternal: ReadExternal;
}

/** Reads an .onnx file. Side files are read later, one tensor at a time; they must lie in the folder of `path`. */
export async function readModelFile(path: string, options: ReadModelOptions = {}): Promise<ModelFile> {
  const bytes = await readWhole(path, Math.min(options.limits?.maxBytes ?? PROTOBUF_MAX_BYTES, PROTOBUF_MAX_BYTES));
  try {
    const model = decodeModel(bytes, options.limits);
    return { model, readExternal: externalReader(dirname(path), options.maxExternalBytes) };
  } catch (error) {
    throw new OnnxFormatError(`${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Reads an .onnx file with all its weights in it. */
export async function readWholeModel(path: string, options: ReadModelOptions = {}): Promise<Model> {
  const { model, readExternal } = await readModelFile(path, options);
  return internalize(model, readExternal);
}

export interface WriteModelOptions {
  /** true: initialisers of 1 KiB and more go to a side file `<name>.data`; a number: those of at least that many bytes. */
  readonly external?: boolean | number;
}

export interface WrittenModel {
  /** Paths written: the model, and its side file if it has one. */
  readonly files: readonly string[];
  readonly bytes: number;
}

/**
 * Writes an .onnx file, with its weights inside or in a side file. Both are complete on disk under temporary names before
 * they are renamed, the side file first; a reader never sees half a file.
 */
export async function writeModelFile(
  path: string,
  model: Model,
  options: WriteModelOptions = {},
): Promise<WrittenModel> {
  const { external = false } = options;
  mapTensors(model, (proto) => {
    if (isExternal(proto)) {
      throw new OnnxFormatError(
        `the tensor '${proto.name}' still lies in a side file of the model it came from: call internalize(model, readExternal) first`,
      );
    }
    return proto;
  });
  const location = `${basename(path)}.data`;
  const outside: Externalized =
    external === false
      ? { model, pieces: [], length: 0 }
      : externalize(model, location, external === true ? undefined : external);
  const inside = encodePieces(outside.model);

  const contents = [{ path, pieces: inside.pieces }];
  if (outside.length > 0) contents.unshift({ path: join(dirname(path), location), pieces: [...outside.pieces] });
  await writeTogether(contents);
  return { files: contents.map((c) => c.path).reverse(), bytes: inside.length + outside.length };
}

async function writeTogether(contents: readonly { path: string; pieces: Uint8Array[] }[]): Promise<void> {
  const staged: StagedFile[] = [];
  try {
    for (const { path, pieces } of contents) staged.push(await stageFile(path, pieces));
    for (const file of staged) await file.commit();
  } catch (error) {
    for (const file of staged) await file.discard();
    throw error;
  }
}

async function readWhole(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    // Asked before opening: opening a pipe would wait for somebody to write into it.
    const info = await stat(path);
    if (!info.isFile()) throw new OnnxFormatError('it is not an ordinary file');
    if (info.size > maxBytes) throw new OnnxFormatError(`it has ${info.size} bytes; the limit is ${maxBytes}`);
    const file = await open(path, 'r');
    try {
      const bytes = new Uint8Array(info.size);
      await readInto(file, bytes, 0);
      return bytes;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new OnnxFormatError(`cannot read the model ${path}: ${messageOf(error)}`, { cause: error });
  }
}
