import { basename } from 'node:path';
import { check } from '../../base/errors.ts';
import { preprocessing } from '../../data/preprocess.ts';
import { graph } from '../../graph/graph.ts';
import type { Value } from '../../graph/value.ts';
import { type ImportedFeatures, importedFeatures } from '../../imported/image-input.ts';
import { readWholeModel } from '../../onnx/node/files.ts';
import type { Model } from '../../onnx/wire/messages.ts';
import { compile, type Runtime } from '../../runtime/runtime.ts';
import { counted } from '../../tasks/survey.ts';
import { checksum } from '../../weights/node/files.ts';
import { type FeatureNetwork, featuresBy } from './features.ts';

/** Inception-v3's own size, and how many features its last pooling has. */
const INCEPTION_SIZE = 299;
const INCEPTION_FEATURES = 2048;

/**
 * A user's .onnx file as a network of features: pictures as RGB in 0 … 1 in the size that it takes (299 where it takes any), and its
 * output of one row a picture, the widest where it has several. A Fréchet distance of them is FID where the file is an Inception-v3 with its
 * 2,048 features; whose weights they are, it does not say.
 * @throws YosegiError where it takes no colour pictures or has no such output
 */
export async function fileFeatures(path: string, runtime: Runtime): Promise<FeatureNetwork> {
  const whole = await readWholeModel(path);
  const read = importedFeatures(whole, { open: INCEPTION_SIZE });
  check(
    read.channels === 3,
    () => `${path} takes pictures of ${read.channels} channel: features are of red, green, blue`,
  );
  const { name, value, width } = widest(path, read);
  const [batch] = read.image.type.shape;
  return featuresBy({
    name: `${counted(width)} features '${name}' of ${basename(path)} (SHA-256 ${(await checksum(path)).slice(0, 12)})`,
    fid: width === INCEPTION_FEATURES && isInception(whole),
    program: await compile(runtime, graph({ pooled: value }), { constants: read.imported.weights, target: 'standard' }),
    preprocessing: preprocessing({ size: [...read.size], cropMode: 'squash', mean: [0, 0, 0], std: [1, 1, 1] }),
    ...(typeof batch === 'number' && { batch }),
  });
}

/** The output with most numbers a picture among those of one row: [N, F], or [N, F, 1, 1]. */
function widest(path: string, { imported }: ImportedFeatures) {
  const rows = [...imported.graph.outputs].flatMap(([name, value]) => {
    const width = rowOf(value);
    return width === undefined ? [] : [{ name, value, width }];
  });
  const [first] = rows.sort((a, b) => b.width - a.width);
  check(
    first !== undefined,
    () =>
      `${path} has no output of one row a picture, [N, features]; it gives ` +
      [...imported.graph.outputs].map(([name, v]) => `'${name}' [${v.type.shape}]`).join(', '),
  );
  return first;
}

function rowOf({ type: { dtype, shape } }: Value): number | undefined {
  const [, width, ...rest] = shape;
  return dtype === 'float32' && typeof width === 'number' && rest.every((d) => d === 1) ? width : undefined;
}

/** Whether it has what tells Inception-v3 from others: 7 × 7 looks, taken as a row and a column, 192 channels wide. */
function isInception({ graph: { initializer } }: Model): boolean {
  const has = (h: number, w: number) =>
    initializer.some(({ dims }) => dims.length === 4 && dims[0] === 192 && dims[2] === h && dims[3] === w);
  return has(1, 7) && has(7, 1);
}
