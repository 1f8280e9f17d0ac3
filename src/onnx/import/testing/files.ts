import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { internalize } from '../../wire/externalize.ts';
import type { Model } from '../../wire/messages.ts';
import { decodeModel } from '../../wire/model.ts';

const folder = new URL('../fixtures/', import.meta.url);

/** The recorded models, by name (reference/import). */
export const fileNames = readdirSync(folder)
  .filter((f) => f.endsWith('.onnx'))
  .map((f) => f.replace('.onnx', ''))
  .sort();

/** A recorded model with its side file, if it has one, brought in. */
export function modelFile(name: string): Model {
  const read = (file: string) => new Uint8Array(readFileSync(new URL(file, folder)));
  const model = decodeModel(read(`${name}.onnx`));
  if (!existsSync(new URL(`${name}.onnx.data`, folder))) return model;
  return internalize(model, (location, offset, length) => read(location).slice(offset, offset + length));
}
