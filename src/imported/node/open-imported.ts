import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { checkFormat, conform, type Fail, jsonOf } from '../../base/json.ts';
import { recoverFolder } from '../../base/node/leftovers.ts';
import { readPlainFile } from '../../base/node/plain-file.ts';
import { sha256 } from '../../base/node/sha256.ts';
import { isFloat32, type Tensor } from '../../base/tensor.ts';
import type { Model, ModelOptions } from '../../models/model.ts';
import { PROTOBUF_MAX_BYTES } from '../../onnx/wire/limits.ts';
import type { Model as OnnxModel } from '../../onnx/wire/messages.ts';
import { decodeModel } from '../../onnx/wire/model.ts';
import { parseSafetensors } from '../../weights/safetensors.ts';
import { buildImported, weightsOf } from '../build.ts';
import { GRAPH, type ModelRecord, RECORD, recordSchema, WEIGHTS } from '../record.ts';
import { ModelFolderError } from './model-folder-error.ts';

/** A model folder, opened. */
export interface OpenedFolder {
  readonly model: Model;
  /** The file's values of the model's parameters and statistics; a new head's are not among them. */
  readonly weights: Map<string, Tensor<'float32'>>;
  readonly record: ModelRecord;
}

/** A list of a million tensors takes less. */
const MAX_RECORD = 256 * 2 ** 20;
const MAX_WEIGHTS = 4 * 2 ** 30;

/** `model.json` alone, checked. */
export async function readRecord(folder: string): Promise<ModelRecord> {
  const fail: Fail = (problem, cause) => new ModelFolderError(folder, RECORD, problem.replaceAll('\n', ' '), cause);
  await recoverFolder(folder);
  const bytes = await readPlainFile(join(folder, RECORD), MAX_RECORD, fail);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw fail('is not UTF-8', error);
  }
  const value = jsonOf(text, fail);
  checkFormat(value, 'yosegi-model', 1, fail);
  return conform(value, recordSchema, fail);
}

/**
 * Opens the folder that `yosegi import` wrote, as a model like any other. Another `size` builds the graph for it, where that can
 * be; another number of `classes` puts a new linear head in the place of the file's.
 * @throws ModelFolderError that names the file that is missing, changed or wrong
 */
export async function openImported(folder: string, options: ModelOptions = {}): Promise<OpenedFolder> {
  const record = await readRecord(folder);
  const file = await readGraph(folder, record);
  const stored = await readWeights(folder, record);
  const model = buildImported(file, record, options);
  return { model, weights: weightsOf(model, record, stored), record };
}

async function readGraph(folder: string, record: ModelRecord): Promise<OnnxModel> {
  const bytes = await readSealed(folder, record, GRAPH, PROTOBUF_MAX_BYTES);
  try {
    return decodeModel(bytes);
  } catch (error) {
    throw new ModelFolderError(folder, GRAPH, `cannot be used: ${messageOf(error)}`, error);
  }
}

async function readWeights(folder: string, record: ModelRecord): Promise<Map<string, Tensor<'float32'>>> {
  const fail = (problem: string, cause?: unknown) => new ModelFolderError(folder, WEIGHTS, problem, cause);
  const bytes = await readSealed(folder, record, WEIGHTS, MAX_WEIGHTS);
  let tensors: ReadonlyMap<string, Tensor>;
  try {
    tensors = parseSafetensors(bytes).tensors;
  } catch (error) {
    throw fail(`cannot be used: ${messageOf(error)}`, error);
  }
  const weights = new Map<string, Tensor<'float32'>>();
  const wrong: string[] = [];
  for (const { name, shape } of record.parameters) {
    const t = tensors.get(name);
    if (!t) wrong.push(`${name} is missing`);
    else if (!isFloat32(t) || t.shape.join() !== shape.join())
      wrong.push(`${name} is ${t.dtype}[${t.shape}], not float32[${shape}]`);
    else weights.set(name, t);
  }
  for (const name of tensors.keys()) if (!weights.has(name)) wrong.push(`${name} is not expected so`);
  if (wrong.length > 0) {
    const more = wrong.length > 4 ? `; and ${wrong.length - 4} more` : '';
    throw fail(`does not hold what ${RECORD} lists: ${wrong.slice(0, 4).join('; ')}${more}`);
  }
  return weights;
}

/** The bytes of a file after its size and SHA-256 were checked. */
async function readSealed(
  folder: string,
  { files }: ModelRecord,
  file: typeof GRAPH | typeof WEIGHTS,
  most: number,
): Promise<Uint8Array> {
  const entry = files[file];
  const fail = (problem: string, cause?: unknown) => new ModelFolderError(folder, file, problem, cause);
  const bytes = await readPlainFile(join(folder, file), most, fail);
  if (bytes.length !== entry.bytes)
    throw fail(`has ${bytes.length} bytes, ${RECORD} says ${entry.bytes}: import again`);
  if (sha256(bytes) !== entry.sha256) throw fail(`was changed: its SHA-256 is not the one in ${RECORD}: import again`);
  return bytes;
}
