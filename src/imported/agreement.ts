import { check, messageOf, YosegiError } from '../base/errors.ts';
import { random } from '../base/random.ts';
import { f32, type Tensor } from '../base/tensor.ts';
import type { Preprocessing } from '../data/preprocess.ts';
import { graph } from '../graph/graph.ts';
import { fill, numbersOf } from '../graph/ops/host.ts';
import { dtypeOf } from '../onnx/wire/data-type.ts';
import type { Model as OnnxModel } from '../onnx/wire/messages.ts';
import { encodeModel } from '../onnx/wire/model.ts';
import { compile, type Runtime, type Tensors } from '../runtime/runtime.ts';
import { buildImported } from './build.ts';
import type { ImportedDraft } from './import.ts';
import { asInference } from './inference.ts';

/** How far the imported model is from the file, or why that could not be found out. */
export type Agreement = { readonly difference: number; readonly runtime: string } | { readonly unknown: string };

/** Files of half floats are computed in half floats by the runtime, ours in single ones. */
const TOLERANCE = { float32: 1e-3, half: 5e-2 };

/**
 * Runs the file itself and the model that was made of it on pictures of noise: the largest difference of the logits, relative to
 * the largest of them where that is above 1. The file runs as it is written, without the runtime's optimiser; the model as it will
 * be used, with it.
 * @throws YosegiError where they do not compute the same: the import is wrong then, and must not be used
 */
export async function agreement(
  runtime: Runtime,
  draft: ImportedDraft,
  preprocessing: Pick<Preprocessing, 'mean' | 'std'>,
): Promise<Agreement> {
  const { input, logits, reads } = draft.original;
  if (logits === null && !reads) return { unknown: 'the model was cut' };
  const [h, w] = draft.size;
  if (input.size.some((d, i) => typeof d === 'number' && d !== draft.size[i]))
    return { unknown: `the file is for images of ${input.size.join('×')}` };
  const image = noise([input.batch === 1 ? 1 : 2, draft.channels, h, w], preprocessing);
  const names = reads ? [...reads.graph.outputs.keys()] : [logits!];
  let expected: Tensors;
  try {
    expected = await original(runtime, draft, names, image);
  } catch (error) {
    return { unknown: `the runtime does not run the file: ${messageOf(error)}` };
  }
  const given = await ours(runtime, draft, names, image);
  const difference = Math.max(...names.map((name) => deviation(given[name]!, expected[name]!)));
  const chosen = draft.own?.record.outputs.includes('detections');
  if (chosen && !(difference <= TOLERANCE.half))
    return { unknown: 'the file chooses boxes itself, and of noise it chose others: try it on pictures' };
  const half = !input.bytes && inputType(draft.original.file, input.name) !== 'float32';
  if (!(difference <= (half ? TOLERANCE.half : TOLERANCE.float32))) {
    throw new YosegiError(
      `the imported model does not compute what the file computes (largest difference ${difference.toExponential(1)}): ` +
        'this is a fault of yosegi. Nothing was written; please report it with the file',
    );
  }
  return { difference, runtime: `${runtime.name} ${runtime.version}` };
}

async function original(
  runtime: Runtime,
  draft: ImportedDraft,
  names: readonly string[],
  image: Tensor<'float32'>,
): Promise<Tensors> {
  const { file, input } = draft.original;
  const dtype = inputType(file, input.name);
  const ordered = input.bgr ? turned(image) : image;
  const fed = input.last ? channelsLast(ordered) : ordered;
  // As it is written: a fault of the runtime's optimiser would be the same on both sides, and never be found.
  const program = await runtime.load(encodeModel(asInference(file)), { optimize: 'none' });
  try {
    const given =
      dtype === 'float32'
        ? fed
        : fill(dtype ?? 'float32', fed.shape, (i) => (input.bytes ? Math.round(fed.data[i]!) : fed.data[i]!));
    const all = await program.run({ [input.name]: given });
    for (const name of names) check(all[name], `it gives no '${name}'`);
    return all;
  } finally {
    await program.close();
  }
}

async function ours(
  runtime: Runtime,
  draft: ImportedDraft,
  names: readonly string[],
  image: Tensor<'float32'>,
): Promise<Tensors> {
  const { reads, restore } = draft.original;
  const logits = () => restore(buildImported(draft.onnx, draft, { channels: draft.channels }).logits);
  const g = reads?.graph ?? graph({ [names[0]!]: logits() });
  const program = await compile(runtime, g, { target: 'standard', constants: reads?.weights ?? draft.weights });
  try {
    return await program.run({ image });
  } finally {
    await program.close();
  }
}

function inputType(file: OnnxModel, name: string) {
  const type = file.graph.input.find((i) => i.name === name)?.type;
  return type?.kind === 'tensor' ? dtypeOf(type.elemType) : undefined;
}

/** Normalised pixels of every brightness. */
function noise(shape: readonly [number, number, number, number], p: Pick<Preprocessing, 'mean' | 'std'>) {
  const rng = random(0, 'import');
  const [n, c, h, w] = shape;
  const channel = (i: number) => Math.floor(i / (h * w)) % c;
  const pixel = (i: number) => (rng.uniform() - p.mean[channel(i)]!) / p.std[channel(i)]!;
  return f32(
    shape,
    Float32Array.from({ length: n * c * h * w }, (_, i) => pixel(i)),
  );
}

/** Planes in the other order: red, green, blue as blue, green, red. */
function turned(t: Tensor<'float32'>): Tensor<'float32'> {
  const [n, c, h, w] = t.shape as [number, number, number, number];
  const plane = h * w;
  const out = f32([n, c, h, w]);
  for (let i = 0; i < n * c; i++) {
    const from = i - (i % c) + (c - 1 - (i % c));
    out.data.set(t.data.subarray(from * plane, (from + 1) * plane), i * plane);
  }
  return out;
}

function channelsLast(t: Tensor<'float32'>): Tensor<'float32'> {
  const [n, c, h, w] = t.shape as [number, number, number, number];
  const out = f32([n, h, w, c]);
  for (let i = 0; i < t.data.length; i++) {
    const [image, rest] = [Math.floor(i / (c * h * w)), i % (c * h * w)];
    out.data[image * c * h * w + (rest % (h * w)) * c + Math.floor(rest / (h * w))] = t.data[i]!;
  }
  return out;
}

function deviation(actual: Tensor, expected: Tensor): number {
  const [a, b] = [numbersOf(actual), numbersOf(expected)];
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let [worst, scale] = [0, 1];
  for (let i = 0; i < a.length; i++) {
    // Damaged weights give what is no number, on both sides.
    if (Object.is(a[i], b[i])) continue;
    worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
    if (Number.isFinite(b[i])) scale = Math.max(scale, Math.abs(b[i]!));
  }
  return worst / scale;
}
