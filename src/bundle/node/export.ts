import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { check } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { preprocess } from '../../data/preprocess.ts';
import { softmax } from '../../graph/build.ts';
import { graphCost } from '../../graph/cost.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import { benchmarkSchema } from '../../measure/benchmark.ts';
import { classifier } from '../../models/model.ts';
import { toOnnx } from '../../onnx/print.ts';
import { encodeModel } from '../../onnx/wire/model.ts';
import { openRuntime } from '../../runtime/node/open.ts';
import { compile, type Runtime } from '../../runtime/runtime.ts';
import { evaluationSchema } from '../../tasks/classify/evaluation.ts';
import { readJson } from '../../train/node/read-json.ts';
import { type LoadedRun, loadRun } from '../../train/node/run-folder.ts';
import { encodeSafetensors } from '../../weights/safetensors.ts';
import type { Metrics } from '../contents.ts';
import { type DeployOptions, deployGraph } from '../deploy.ts';
import { compareOutputs, toleranceFor } from '../golden.ts';
import { MANIFEST, type Manifest, sealManifest } from '../manifest.ts';
import { bundleReadme } from '../readme.ts';
import { goldenInput, goldenPictures } from './golden.ts';
import { replaceFolder } from './replace.ts';
import { yosegiVersion } from './version.ts';

export interface ExportOptions {
  /** The run folder, or what `loadRun` made of it. */
  readonly run: string | LoadedRun;
  /** Where the bundle goes; default `bundle` in the run folder. */
  readonly out?: string;
  /** Takes bytes [N, H, W, 3] and normalises inside the graph. */
  readonly embedPreprocessing?: boolean;
  /** Gives probabilities in place of logits. */
  readonly softmax?: boolean;
  /** Replaces a bundle that is there already. */
  readonly force?: boolean;
  /** Whether golden inputs may be pictures of the data set (default), or drawn patterns only. */
  readonly pictures?: boolean;
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
  const { run, model, weights } = loaded;
  const { preprocessing } = run;
  const out = options.out ?? join(loaded.folder, 'bundle');
  const embedded = options.embedPreprocessing ?? false;
  const bytesEach = model.channels * model.size[0] * model.size[1] * (embedded ? 1 : 4);
  const golden = await goldenPictures(options.pictures === false ? undefined : run.data, preprocessing, bytesEach);
  const inputs = goldenInput(golden.pictures, preprocessing, embedded);
  const outputName = options.softmax ? 'probabilities' : 'logits';
  const onnx = deployedModel(loaded, options);
  const runtime = options.runtime ?? (await openRuntime());
  const shipped = await runOnce(runtime, onnx, nameOf(model.image)!, inputs, outputName);
  const tolerance = toleranceFor(shipped);
  const { worst: difference } = compareOutputs(
    await trainedOutputs(loaded, golden.pictures, options, runtime),
    shipped,
  );
  check(
    difference <= tolerance,
    () =>
      `the model to ship and the trained one differ by ${difference} on the golden inputs (${tolerance} would do). ` +
      'Please report this, with run.json',
  );
  const cost = graphCost(classifier(model), { N: 1 });
  const description: Omit<Manifest, 'checksum' | 'files'> = {
    format: 1,
    kind: 'yosegi-bundle',
    name: run.name,
    created: new Date().toISOString(),
    yosegi: await yosegiVersion(),
    model: {
      name: run.model,
      overrides: run.overrides,
      size: [model.size[0], model.size[1]],
      channels: model.channels,
      classes: model.classes,
      parameters: cost.parameters,
      macs: cost.macs,
    },
    input: {
      name: nameOf(model.image)!,
      dtype: embedded ? 'uint8' : 'float32',
      layout: embedded ? 'NHWC' : 'NCHW',
      normalisedInside: embedded,
    },
    output: { name: outputName, kind: outputName },
    golden: {
      images: golden.pictures.length,
      source: golden.source,
      tolerance,
      runtime: `${runtime.name} ${runtime.version}`,
    },
  };
  const metrics = await readMetrics(loaded.folder);
  const files: [string, string | Uint8Array][] = [
    ['model.onnx', onnx],
    ['weights.safetensors', encodeSafetensors(weights, { format: 'pt', model: run.model })],
    ['labels.json', json(run.classes)],
    ['preprocessing.json', json(preprocessing)],
    ...(metrics ? [['metrics.json', json(metrics)] satisfies [string, string]] : []),
    ['golden/inputs.safetensors', encodeSafetensors([[description.input.name, inputs]])],
    ['golden/outputs.safetensors', encodeSafetensors([[outputName, shipped]])],
    ['README.md', bundleReadme(description, preprocessing)],
  ];
  const listed = { ...description, files: files.map(([path, content]) => ({ path, ...fingerprint(content) })) };
  const text = sealManifest(listed, (t) => fingerprint(t).sha256);
  await replaceFolder(out, options.force ?? false, async (folder) => {
    for (const [path, content] of [...files, [MANIFEST, text] as const]) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
  });
  const manifest: Manifest = JSON.parse(text);
  return { folder: out, manifest, difference, warnings: golden.warning ? [golden.warning] : [] };
}

/** The .onnx file of a run, as it is shipped and measured. */
export function deployedModel(
  loaded: LoadedRun,
  options: Pick<ExportOptions, 'embedPreprocessing' | 'softmax'> = {},
): Uint8Array {
  const { run, model, weights } = loaded;
  const deploy: DeployOptions = {
    softmax: options.softmax,
    embed: options.embedPreprocessing ? run.preprocessing : undefined,
  };
  const { graph: g, constants } = deployGraph(model, weights, deploy);
  return encodeModel(toOnnx(g, { constants, target: 'standard', metadata: { model: run.model, name: run.name } }));
}

async function runOnce(runtime: Runtime, onnx: Uint8Array, name: string, x: Tensor, output: string): Promise<Tensor> {
  const program = await runtime.load(onnx);
  const outputs = await program.run({ [name]: x });
  await program.close();
  return outputs[output]!;
}

/** What the model gives in the form in which it was trained and evaluated. */
async function trainedOutputs(
  { run, model, weights }: LoadedRun,
  pictures: Parameters<typeof preprocess>[0],
  options: ExportOptions,
  runtime: Runtime,
): Promise<Tensor> {
  const g = graph({ y: options.softmax ? softmax(model.logits) : model.logits });
  const program = await compile(runtime, g, { constants: weights, target: 'standard' });
  const { y } = await program.run({ [nameOf(model.image)!]: preprocess(pictures, run.preprocessing) });
  await program.close();
  return y!;
}

async function readMetrics(folder: string): Promise<Metrics | undefined> {
  const again = (verb: string) => `Write it anew with 'yosegi ${verb} ${folder}', or move it away`;
  const evaluation = await readJson(join(folder, 'eval.json'), evaluationSchema, again('eval'));
  const benchmark = await readJson(join(folder, 'bench.json'), benchmarkSchema, again('bench'));
  if (!evaluation && !benchmark) return undefined;
  return { evaluation: evaluation ?? null, benchmark: benchmark ?? null };
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function fingerprint(content: string | Uint8Array): { bytes: number; sha256: string } {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
