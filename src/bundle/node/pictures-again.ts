import { messageOf } from '../../base/errors.ts';
import { gatherRows } from '../../base/rows.ts';
import type { Tensor } from '../../base/tensor.ts';
import { decodeImage } from '../../data/node/decode.ts';
import { type Preprocessing, preprocessingSchema } from '../../data/preprocess.ts';
import { parseSafetensors } from '../../weights/safetensors.ts';
import { compareOutputs, magnitude } from '../golden.ts';
import type { Manifest } from '../manifest.ts';
import { goldenInput, picturePaths } from './golden.ts';
import { BundleError } from './listed.ts';

/** Files of a bundle, by path, as they were read. */
export type Read = ReadonlyMap<string, Uint8Array>;

/**
 * The golden inputs or outputs of a bundle.
 * @throws BundleError where they are not as many images as the manifest says
 */
export function goldenTensor(files: Read, kind: 'inputs' | 'outputs', name: string, images: number): Tensor {
  const path = `golden/${kind}.safetensors`;
  const t = parseSafetensors(files.get(path)!, { copy: true }).tensors.get(name);
  if (t?.shape[0] !== images) throw new BundleError(path, `does not hold ${images} images as '${name}'`);
  return t;
}

/** Share of the inputs' size that the way from a picture may be off by: it is whole numbers and a table, the same everywhere. */
const PICTURE_RELATIVE = 1e-5;

/**
 * The golden pictures as the model's input, made anew; undefined where there are none.
 * @throws BundleError where they do not become the golden inputs
 */
export async function pictureInput(
  { input, golden, files: listed }: Manifest,
  files: Read,
): Promise<Tensor | undefined> {
  const paths = picturePaths({ files: listed });
  if (paths.length === 0) return undefined;
  const text = new TextDecoder().decode(files.get('preprocessing.json'));
  const p: Preprocessing = preprocessingSchema.parse(JSON.parse(text));
  const pictures = await Promise.all(paths.map((path) => goldenPicture(path, files.get(path)!, p)));
  const x = goldenInput(pictures, p, input.normalisedInside);
  if (paths.length > golden.images)
    throw new BundleError(paths[golden.images]!, `is one picture too many: there are ${golden.images} golden inputs`);
  const wanted = firstRows(goldenTensor(files, 'inputs', input.name, golden.images), pictures.length);
  const size = magnitude(wanted);
  const { worst, image } = compareOutputs(wanted, x);
  if (!(worst <= PICTURE_RELATIVE * size)) {
    throw new BundleError(
      'preprocessing.json',
      `does not make the golden inputs of the golden pictures: ${paths[image]} is off by ${worst.toPrecision(2)}. ` +
        'Its mean, standard deviation, size or cut are not those that the model was shipped with',
    );
  }
  return x;
}

/** Golden pictures are small: nothing else is worth decoding. */
const MOST_PIXELS = 2 ** 24;

async function goldenPicture(path: string, bytes: Uint8Array, { background }: Preprocessing) {
  try {
    return await decodeImage(bytes, { background, maxPixels: MOST_PIXELS });
  } catch (error) {
    throw new BundleError(path, `is no picture that can be read: ${messageOf(error)}`);
  }
}

/** The first `n` images of a batch. */
export const firstRows = (t: Tensor, n: number): Tensor =>
  gatherRows(
    t,
    Array.from({ length: n }, (_, i) => i),
  );
