import { messageOf } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { preprocessingSchema } from '../../data/preprocess.ts';
import { EXITS_FILE } from '../../exits/record.ts';
import { inputsOf } from '../../measure/feeds.ts';
import type { Runtime, Tensors } from '../../runtime/runtime.ts';
import { bundledReader } from '../captions.ts';
import { labelsSchema, metricsSchema } from '../contents.ts';
import { compareAll } from '../golden.ts';
import { MAKING } from '../making.ts';
import { MANIFEST, type Manifest } from '../manifest.ts';
import { type BundleExits, checkParts, readBundleExits, replayExits } from './exits.ts';
import { picturePaths } from './golden.ts';
import { BundleError, readListed, readListedJson, readManifest, unexpected } from './listed.ts';
import { makeAgain, readMaking } from './maker.ts';
import { ordered } from './ordered.ts';
import { firstRows, goldenTensor, pictureInput } from './pictures-again.ts';
import { checkStandard, shippedModel } from './shipped.ts';

/** What is wrong with one file of a bundle. */
interface Finding {
  readonly file: string;
  readonly problem: string;
}

/** The golden inputs through one runtime. */
export interface Replay {
  readonly runtime: string;
  readonly ok: boolean;
  readonly images: number;
  /** How many of them were also replayed from the picture on. */
  readonly pictures: number;
  /** Largest difference from the golden outputs, and the image it lies in. */
  readonly worst: number;
  readonly image: number;
  readonly tolerance: number;
  /** Why it did not run. */
  readonly error?: string;
}

export interface Verification {
  readonly ok: boolean;
  readonly folder: string;
  /** Undefined where the manifest itself is not to be trusted. */
  readonly manifest?: Manifest;
  /** Files that were compared with their size and SHA-256. */
  readonly files: number;
  readonly findings: readonly Finding[];
  /** Empty where findings made it pointless. */
  readonly replays: readonly Replay[];
  /** What could not be checked, and why. */
  readonly notes: readonly string[];
}

export interface VerifyOptions {
  /** Where the golden inputs are replayed; nowhere when left out. */
  readonly runtimes?: readonly Runtime[];
}

/**
 * Checks a bundle: the manifest's form and checksum, that the folder holds what it lists and nothing else (no links, no paths
 * outside), every size and SHA-256, every JSON file's schema, that the model holds all its weights, uses standard operators and
 * has the input and output it says; that the golden pictures become the golden inputs; then replays both on each runtime. Damage
 * and mistakes are found; somebody who writes new checksums is not: they are no signature.
 */
export async function verifyBundle(folder: string, options: VerifyOptions = {}): Promise<Verification> {
  const findings: Finding[] = [];
  const trying = async <T>(file: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof BundleError) findings.push({ file: error.file, problem: error.problem });
      else findings.push({ file, problem: `cannot be used: ${messageOf(error)}` });
      return undefined;
    }
  };
  const manifest = await trying(MANIFEST, () => readManifest(folder));
  if (!manifest) return { ok: false, folder, files: 0, findings, replays: [], notes: [] };
  const extra = (await trying('.', () => unexpected(folder, manifest))) ?? [];
  for (const file of extra) findings.push({ file, problem: 'is not listed in the manifest: remove it' });
  const read = new Map<string, Uint8Array>();
  for (const { path } of manifest.files) {
    const bytes = await trying(path, () => readListed(folder, manifest, path));
    if (bytes && path !== 'weights.safetensors') read.set(path, bytes);
  }
  if (findings.length === 0) await checkContents(folder, manifest, read, trying);
  const pictures = findings.length === 0 ? await trying('golden', () => pictureInput(manifest, read)) : undefined;
  const replays: Replay[] = [];
  if (findings.length === 0) {
    const exits = await readBundleExits(folder, manifest);
    for (const runtime of options.runtimes ?? []) {
      replays.push(await replay(runtime, manifest, read, exits, pictures));
    }
  }
  const ok = findings.length === 0 && replays.every((r) => r.ok);
  const notes = !manifest.beside && picturePaths(manifest).length === 0 ? [noPictures] : [];
  return { ok, folder, manifest, files: manifest.files.length, findings, replays, notes };
}

const noPictures =
  'the way from a picture to the input was not checked: this bundle has no golden pictures. It was written by an older yosegi; ' +
  'export it again to have them';

type Trying = <T>(file: string, work: () => Promise<T>) => Promise<T | undefined>;

/** Whether files that are as they were written also make sense together. */
async function checkContents(
  folder: string,
  manifest: Manifest,
  files: ReadonlyMap<string, Uint8Array>,
  trying: Trying,
): Promise<void> {
  const { model, input, golden, decoder, captions } = manifest;
  const labels = await trying('labels.json', () => readListedJson(folder, manifest, 'labels.json', labelsSchema));
  await trying('labels.json', async () => {
    if (labels && labels.length !== model.classes)
      throw new BundleError('labels.json', `has ${labels.length} labels, the model ${model.classes} classes`);
  });
  await trying('preprocessing.json', async () => {
    const p = await readListedJson(folder, manifest, 'preprocessing.json', preprocessingSchema);
    const pixels = decoder?.size ?? model.size;
    if (p.size.join() !== pixels.join())
      throw new BundleError(
        'preprocessing.json',
        `makes ${p.size.join('×')} pixels, the model takes ${pixels.join('×')}`,
      );
  });
  await trying(EXITS_FILE, async () => {
    const exits = await readBundleExits(folder, manifest);
    if (exits) checkParts(exits);
  });
  if (files.has('metrics.json'))
    await trying('metrics.json', () => readListedJson(folder, manifest, 'metrics.json', metricsSchema));
  if (manifest.beside)
    await trying(MAKING, async () => {
      const making = files.get(MAKING);
      if (!making) throw new BundleError(MAKING, 'is missing: the model takes more than a picture');
      readMaking(making);
    });
  if (decoder)
    await trying(decoder.file, async () => {
      const bytes = files.get(decoder.file);
      if (!bytes) throw new BundleError(decoder.file, 'is missing: the model makes latents');
      checkStandard(decoder.file, shippedModel(decoder.file, bytes));
    });
  for (const path of captions ? [captions.tokenizer, captions.encoder] : [])
    await trying(path, async () => {
      const bytes = files.get(path);
      if (!bytes) throw new BundleError(path, 'is missing: the model is told captions');
      if (path === captions?.encoder) checkStandard(path, shippedModel(path, bytes));
    });
  await trying('model.onnx', async () => checkModel(manifest, files.get('model.onnx')!));
  await trying('golden/inputs.safetensors', async () => goldenTensor(files, 'inputs', input.name, golden.images));
  await trying('golden/outputs.safetensors', async () => goldenOutputs(manifest, files));
}

function checkModel({ model, input, beside = [], outputs: promised }: Manifest, bytes: Uint8Array): void {
  const onnx = shippedModel('model.onnx', bytes);
  checkStandard('model.onnx', onnx);
  const [given, ...more] = inputsOf(onnx);
  const pixels = input.layout === 'NCHW' ? [model.channels, ...model.size] : [...model.size, model.channels];
  const wanted = `${input.name}: ${input.dtype}[${input.batch ?? 'N'},${pixels}]`;
  const is = given && `${given.name}: ${given.dtype}[${given.shape.map((d) => d ?? 'N')}]`;
  const others = more.map(({ name, dtype, shape }) => `${name}: ${dtype}[${shape.map((d) => d ?? 'N')}]`).sort();
  const said = beside.map(({ name, dtype, shape = [] }) => `${name}: ${dtype}[${['N', ...shape]}]`).sort();
  if (is !== wanted || others.join() !== said.join())
    throw new BundleError('model.onnx', `takes ${is ?? 'nothing'}, not ${wanted}`);
  const outputs = onnx.graph.output.map((o) => o.name);
  const names = promised.map(({ name }) => name);
  if (outputs.join() !== names.join())
    throw new BundleError('model.onnx', `gives ${outputs.join(', ')}, not ${names.join(', ')}`);
}

/** What came out for the golden inputs when the bundle was written, by output. */
function goldenOutputs({ outputs, golden }: Manifest, files: ReadonlyMap<string, Uint8Array>): Record<string, Tensor> {
  return Object.fromEntries(outputs.map(({ name }) => [name, goldenTensor(files, 'outputs', name, golden.images)]));
}

async function replay(
  runtime: Runtime,
  manifest: Manifest,
  files: ReadonlyMap<string, Uint8Array>,
  exits: BundleExits | undefined,
  fromPictures: Tensor | undefined,
): Promise<Replay> {
  const { input, golden } = manifest;
  const { images, tolerance } = golden;
  const name = `${runtime.name} ${runtime.version}`;
  const pictures = fromPictures?.shape[0] ?? 0;
  const about = { runtime: name, images, pictures, tolerance };
  try {
    const x = goldenTensor(files, 'inputs', input.name, images);
    const told = (manifest.beside ?? []).map(({ name: n }) => [n, goldenTensor(files, 'inputs', n, images)] as const);
    const expected = goldenOutputs(manifest, files);
    const program = await runtime.load(files.get('model.onnx')!);
    const answer = (x: Tensor) => program.run({ [input.name]: x, ...Object.fromEntries(told) });
    try {
      const compare = (wanted: Tensors, actual: Tensors) => compareAll(wanted, ordered(manifest, wanted, actual));
      const whole = compare(expected, await answer(x));
      const firsts = () => Object.entries(expected).map(([name, t]) => [name, firstRows(t, pictures)] as const);
      const seen = fromPictures && compare(Object.fromEntries(firsts()), await answer(fromPictures));
      const { image } = seen && seen.worst > whole.worst ? seen : whole;
      const parts = exits ? await replayExits(runtime, exits, input.name, x, expected) : 0;
      const decoder = manifest.decoder && (await runtime.load(files.get(manifest.decoder.file)!));
      const captions = await bundledReader(manifest.captions, runtime, async (path) => files.get(path)!);
      const made = manifest.beside ? await makeAgain(manifest, files, { program, decoder, captions }) : 0;
      await decoder?.close();
      await captions?.close();
      const worst = Math.max(whole.worst, seen?.worst ?? 0, parts);
      return { ...about, pictures: pictures + made, ok: worst <= tolerance, worst, image };
    } finally {
      await program.close();
    }
  } catch (error) {
    return { ...about, ok: false, worst: Number.POSITIVE_INFINITY, image: 0, error: messageOf(error) };
  }
}
