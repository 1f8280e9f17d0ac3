import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { yosegiVersion } from '../../base/node/version.ts';
import { image } from '../../data/image.ts';
import { graphCost } from '../../graph/cost.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import { benchmarkSchema } from '../../measure/benchmark.ts';
import { readStage } from '../../run/node/autoencoder/first-stage.ts';
import { shapeOf } from '../../run/node/captions/open.ts';
import { type LoadedRun, loadRun } from '../../run/node/run-folder.ts';
import { makeAgain, readStamped, stateOf } from '../../run/node/stamped.ts';
import { openRuntime } from '../../runtime/node/open.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import { encodeSafetensors } from '../../weights/safetensors.ts';
import { bundledReader } from '../captions.ts';
import type { Metrics } from '../contents.ts';
import { compareAll, toleranceFor } from '../golden.ts';
import { makerReadme } from '../maker-readme.ts';
import type { Manifest } from '../manifest.ts';
import { bundleReadme } from '../readme.ts';
import { captionFiles } from './captions.ts';
import { exitFiles } from './exits.ts';
import { type GoldenPictures, goldenInput, goldenPictures, pictureFiles } from './golden.ts';
import { goldenNoise, makingFiles } from './maker.ts';
import { deployedModel, type Form, inputOf, shippedOutputs, shippedValues, trainedOutputs } from './models.ts';
import { type Description, type Files, json, oneTensor, writeBundle } from './write.ts';

export interface ExportOptions extends Form {
  /** The run folder, or what `loadRun` made of it. */
  readonly run: string | LoadedRun;
  /** Where the bundle goes; default `bundle` in the run folder. */
  readonly out?: string;
  /** Replaces a bundle that is there already. */
  readonly force?: boolean;
  /** Whether golden inputs may be pictures of the data set (default), or drawn patterns only. */
  readonly pictures?: boolean;
  /** Whether the parts of a network with exits and its policy go along, where the run has one (default). */
  readonly exits?: boolean;
  /** Default: the fastest one that works here. */
  readonly runtime?: Runtime;
}

export interface Exported {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Largest difference between the shipped model and the trained one on the golden inputs. */
  readonly difference: number;
  readonly warnings: readonly string[];
}

/**
 * Writes a trained model as a folder of plain files that stock ONNX Runtime takes. Before anything is put in place, the
 * golden inputs go through the shipped model and through the model as it was trained; they must agree.
 */
export async function exportBundle(options: ExportOptions): Promise<Exported> {
  const loaded = typeof options.run === 'string' ? await loadRun(options.run) : options.run;
  const folder = options.out ?? join(loaded.folder, 'bundle');
  const runtime = options.runtime ?? (await openRuntime());
  try {
    const { files, description, difference, warnings } = await makeFiles(loaded, options, runtime);
    const manifest = await writeBundle(folder, options.force ?? false, description, files);
    return { folder, manifest, difference, warnings };
  } finally {
    if (!options.runtime) await runtime.close();
  }
}

async function makeFiles(loaded: LoadedRun, options: ExportOptions, runtime: Runtime) {
  const { run, model } = loaded;
  const task = taskNamed(run.task);
  if (task.makes) return makerFiles(loaded, options, runtime);
  const embedded = options.embedPreprocessing ?? false;
  const bytesEach = model.channels * model.size[0] * model.size[1] * (embedded ? 1 : 4);
  const golden = await goldenPictures(loaded, task, bytesEach, options.pictures !== false);
  const inputs = goldenInput(golden.pictures, run.preprocessing, embedded);
  const onnx = deployedModel(loaded, options);
  const outputs = await shippedOutputs(runtime, onnx, { [nameOf(model.image)!]: inputs });
  const tolerance = toleranceFor(outputs);
  const trained = await trainedOutputs(runtime, loaded, golden.pictures, options);
  const difference = compareAll(trained, task.ship.inOrder?.(trained, outputs) ?? outputs).worst;
  check(difference <= tolerance, () => disagree(difference, tolerance));
  const description = await describe(loaded, options, golden, tolerance, runtime);
  const { metrics, stale } = await readMetrics(loaded, task);
  const parts = options.exits === false ? [] : await exitFiles(loaded, embedded);
  const files: Files = [
    ...modelFiles(loaded, onnx, metrics),
    ...parts,
    ['golden/inputs.safetensors', oneTensor(description.input.name, inputs)],
    ['golden/outputs.safetensors', encodeSafetensors(Object.entries(outputs))],
    ...(await pictureFiles(golden.pictures)),
    ['README.md', bundleReadme(description, run.preprocessing, task.ship.code, parts.length > 0)],
  ];
  return { files, description, difference, warnings: [...(golden.warning ? [golden.warning] : []), ...stale] };
}

/** What every bundle has of its model. */
const modelFiles = ({ run, weights }: LoadedRun, onnx: Uint8Array, metrics: Metrics | undefined): Files => [
  ['model.onnx', onnx],
  ['weights.safetensors', encodeSafetensors(weights, { format: 'pt', model: run.model })],
  ['labels.json', json(run.classes)],
  ['preprocessing.json', json(run.preprocessing)],
  ...(metrics ? ([['metrics.json', json(metrics)]] as const) : []),
];

/** What makes pictures of the latents that a model works on. */
const DECODER = 'decoder.onnx';
/** Golden inputs of a model that makes pictures. */
const NOISY = 4;

/** The files of a model that makes pictures. */
async function makerFiles(loaded: LoadedRun, options: ExportOptions, runtime: Runtime) {
  const { run } = loaded;
  const task = taskNamed(run.task);
  check(!options.embedPreprocessing, 'what makes pictures takes none: leave out --embed-preprocessing');
  const inputs = goldenNoise(loaded, NOISY);
  const onnx = deployedModel(loaded, options);
  const outputs = await shippedOutputs(runtime, onnx, inputs);
  const tolerance = toleranceFor(outputs);
  const difference = compareAll(await trainedOutputs(runtime, loaded, inputs, options), outputs).worst;
  check(difference <= tolerance, () => disagree(difference, tolerance));
  const noise = { pictures: Array.from({ length: NOISY }, () => image(1, 1)), source: 'noise' } as const;
  const described = await describe(loaded, options, noise, tolerance, runtime);
  const decoder = run.latents && (await readStage(loaded.folder, run, 'decoder'));
  const shape = shapeOf(run, task);
  const texts = shape && (await captionFiles(loaded, shape));
  const description: Description = {
    ...described,
    beside: task.makes!.beside(shape).map(({ shape: more, ...one }) => ({ ...one, ...(more && { shape: [...more] }) })),
    ...(decoder && { decoder: { file: DECODER, size: run.preprocessing.size } }),
    ...(texts && { captions: texts.described }),
  };
  const { metrics, stale } = await readMetrics(loaded, task);
  const program = await runtime.load(onnx);
  const back = decoder && (await runtime.load(decoder));
  const captions = texts && (await bundledReader(texts.described, runtime, async (path) => texts.bytes.get(path)!));
  const made = await makingFiles(loaded, { program, decoder: back, captions });
  await program.close();
  await back?.close();
  await captions?.close();
  const files: Files = [
    ...modelFiles(loaded, onnx, metrics),
    ...(decoder ? ([[DECODER, decoder]] as const) : []),
    ...(texts?.bytes ?? []),
    ...made,
    ['golden/inputs.safetensors', encodeSafetensors(Object.entries(inputs))],
    ['golden/outputs.safetensors', encodeSafetensors(Object.entries(outputs))],
    ['README.md', makerReadme(description, run.preprocessing)],
  ];
  return { files, description, difference, warnings: stale };
}

const disagree = (difference: number, tolerance: number) =>
  `the model to ship and the trained one differ by ${difference} on the golden inputs (${tolerance} would do). ` +
  'Please report this, with run.json';

async function describe(
  loaded: LoadedRun,
  form: Form,
  { pictures, source }: Pick<GoldenPictures, 'pictures'> & { readonly source: Description['golden']['source'] },
  tolerance: number,
  runtime: Runtime,
): Promise<Description> {
  const { run, model } = loaded;
  const { embedPreprocessing: embedded = false } = form;
  const values = shippedValues(loaded, form);
  const { parameters, macs } = graphCost(graph(values), { N: 1 });
  const { size, channels } = model;
  const classes = run.classes.length;
  const { about } = taskNamed(run.task).ship;
  return {
    format: 2,
    kind: 'yosegi-bundle',
    task: run.task,
    name: run.name,
    created: new Date().toISOString(),
    yosegi: await yosegiVersion(),
    model: { name: run.model, overrides: run.overrides, size: [size[0], size[1]], channels, classes, parameters, macs },
    input: inputOf(model, embedded),
    outputs: Object.keys(values).map((name) => ({ name, about: about[name] ?? '' })),
    golden: { images: pictures.length, source, tolerance, runtime: `${runtime.name} ${runtime.version}` },
  };
}

/** What was measured of these very weights; what was measured of others is left out, with a word. */
async function readMetrics(
  { folder, run }: LoadedRun,
  task: NodeTask,
): Promise<{ metrics: Metrics | undefined; stale: string[] }> {
  const again = (verb: string) => makeAgain(verb, folder);
  const now = await stateOf(folder, run);
  const evaluation = await readStamped(join(folder, 'eval.json'), task.evaluation, now, again('eval'));
  const benchmark = await readStamped(join(folder, 'bench.json'), benchmarkSchema, now, again('bench'));
  const stale = [evaluation?.stale, benchmark?.stale].filter((reason) => reason !== undefined);
  const metrics: Metrics = {
    evaluation: evaluation && !evaluation.stale ? evaluation.record : null,
    benchmark: benchmark && !benchmark.stale ? benchmark.record : null,
    belongsTo: {
      evaluation: (!evaluation?.stale && evaluation?.belongsTo) || null,
      benchmark: (!benchmark?.stale && benchmark?.belongsTo) || null,
    },
  };
  return { metrics: metrics.evaluation || metrics.benchmark ? metrics : undefined, stale };
}
