import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { check } from '../../../base/errors.ts';
import { isFileAt } from '../../../base/node/there.ts';
import type { Tensor } from '../../../base/tensor.ts';
import { slice } from '../../../graph/build.ts';
import type { Value } from '../../../graph/value.ts';
import { importedFeatures } from '../../../imported/image-input.ts';
import type { Autoencoder } from '../../../models/autoencoder/autoencoder.ts';
import { taesd } from '../../../models/autoencoder/taesd.ts';
import { readWholeModel } from '../../../onnx/node/files.ts';
import { fromOnnx, inputsOf } from '../../../onnx/read.ts';
import { toFloat32 } from '../../../weights/convert.ts';
import { readSafetensors } from '../../../weights/node/files.ts';

/** What an autoencoder may be given as. */
const GIVEN =
  'a folder with encoder.onnx and decoder.onnx, the encoder.onnx with a decoder.onnx beside it, or the .safetensors file of a TAESD';

/**
 * Opens an autoencoder for pictures of this size: two .onnx files, or the weights of a TAESD.
 * @throws YosegiError where it is none of these, or does not lead from pictures to pictures
 */
export async function openAutoencoder(path: string, size: readonly [number, number]): Promise<Autoencoder> {
  const file = (await isFileAt(path)) ? path : await within(path);
  if (extname(file) === '.safetensors') return taesd(await floatsOf(file), size, basename(file));
  const back = join(dirname(file), basename(file).replace('encoder', 'decoder'));
  check(back !== file && (await isFileAt(back)), () => `${path} is no autoencoder with a decoder: give ${GIVEN}`);
  return ofFiles(file, back, size);
}

/** The file that counts in a folder. */
async function within(folder: string): Promise<string> {
  const files = await readdir(folder).catch((): string[] => []);
  const weights = files.filter((name) => extname(name) === '.safetensors');
  const file = files.includes('encoder.onnx') ? 'encoder.onnx' : weights.length === 1 ? weights[0]! : undefined;
  check(file !== undefined, () => `${folder} is no autoencoder: give ${GIVEN}`);
  return join(folder, file);
}

async function floatsOf(file: string): Promise<ReadonlyMap<string, Tensor<'float32'>>> {
  const { tensors } = await readSafetensors(file);
  return new Map([...tensors].map(([name, t]) => [name, toFloat32(t)]));
}

async function ofFiles(encoder: string, decoder: string, size: readonly [number, number]): Promise<Autoencoder> {
  const { image, imported, channels } = importedFeatures(await readWholeModel(encoder), { size });
  check(channels === 3 && image.type.shape[0] === 'N', () => `${encoder} must take any number of colour pictures`);
  const back = await readWholeModel(decoder);
  const [given, ...more] = inputsOf(back);
  const shape = given?.type?.kind === 'tensor' ? given.type.shape : undefined;
  const wide = shape?.[1]?.dimValue;
  check(
    given && wide && shape.length === 4 && more.length === 0,
    () => `${decoder} must take one input of latents, [N, channels, height, width]`,
  );
  const encoded = latentsOf(encoder, [...imported.graph.outputs.values()], wide);
  return {
    name: basename(encoder),
    image,
    encoded,
    weights: new Map(),
    decode: (latents) => {
      const { graph } = fromOnnx(back, { inputs: { [given.name]: latents } });
      const found = [...graph.outputs.values()].find(({ type }) => type.shape.join() === image.type.shape.join());
      const gives = [...graph.outputs.values()].map(({ type }) => `[${type.shape}]`).join(', ');
      check(found, () => `${decoder} gives ${gives}, not the pictures [${image.type.shape}] that ${encoder} takes`);
      return found;
    },
  };
}

/** The output with as many channels as the decoder takes; of one with twice as many, mean and variance, the mean. */
function latentsOf(file: string, outputs: readonly Value[], channels: number): Value {
  const maps = outputs.filter(({ type }) => type.dtype === 'float32' && type.shape.length === 4);
  const [own] = maps.filter(({ type }) => type.shape[1] === channels);
  const [twice] = maps.filter(({ type }) => type.shape[1] === 2 * channels);
  const found = own ?? (twice && slice(twice, [1], [0], [channels]));
  check(
    found,
    () =>
      `${file} gives ${outputs.map(({ type }) => `[${type.shape}]`).join(', ')}, the decoder takes ${channels} channels`,
  );
  return found;
}
