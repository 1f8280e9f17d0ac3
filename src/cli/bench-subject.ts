import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { YosegiError } from '../base/errors.ts';
import { recoverFolder } from '../base/node/leftovers.ts';
import { isFileAt } from '../base/node/there.ts';
import { deployGraph } from '../bundle/deploy.ts';
import { MANIFEST, type Manifest } from '../bundle/manifest.ts';
import { deployedModel, shippedValues } from '../bundle/node/models.ts';
import { loadBundle } from '../bundle/node/read.ts';
import type { Preprocessing } from '../data/preprocess.ts';
import { openDiff, readDiff } from '../diffs/node/read-diff.ts';
import { graphCost } from '../graph/cost.ts';
import { graph } from '../graph/graph.ts';
import { openImported, readRecord } from '../imported/node/open-imported.ts';
import { RECORD } from '../imported/record.ts';
import { toOnnx } from '../onnx/print.ts';
import { encodeModel } from '../onnx/wire/model.ts';
import { isModelFolder } from '../run/node/open-model.ts';
import { type LoadedRun, loadRun } from '../run/node/run-folder.ts';
import { taskNamed } from '../tasks/node/registry.ts';

/** What `yosegi bench` measures. */
export interface Subject {
  readonly name: string;
  /** The .onnx file. */
  readonly file: string;
  readonly parameters?: number;
  readonly macs?: number;
  readonly preprocessing?: Preprocessing;
  /** Where bench.json goes: a run's folder. */
  readonly record?: string;
  /** Of joined runs: whose outputs are whose. */
  readonly members?: Manifest['members'];
  /** Whether it makes pictures, in several looks each. */
  readonly makes?: boolean;
  /** The run itself. */
  readonly run?: LoadedRun;
  /** Removes what was written for the measurement. */
  close(): Promise<void>;
}

/** With a `diff`, `path` is its backbone. Else finds out whether `path` is a run, a bundle, a model folder or an .onnx file. A run or a model is measured as it would be exported. */
export async function openSubject(path: string, diff?: string): Promise<Subject> {
  await recoverFolder(path);
  if (diff !== undefined) return loadedSubject(await openDiff(path, await readDiff(diff)));
  const close = async () => {};
  if (await isFileAt(join(path, 'run.json'))) return runSubject(path);
  if (await isFileAt(join(path, MANIFEST))) {
    const { manifest, preprocessing } = await loadBundle(path);
    const { parameters, macs } = manifest.model;
    const makes = manifest.beside !== undefined;
    const { name, members } = manifest;
    return { name, file: join(path, 'model.onnx'), parameters, macs, preprocessing, members, makes, close };
  }
  if (await isModelFolder(path)) return modelSubject(path);
  if (await isFileAt(path)) return { name: path, file: path, close };
  throw new YosegiError(
    `${path} is no run, no bundle, no model folder and no .onnx file (a run has a run.json, a bundle a ${MANIFEST}, a model ` +
      `folder, which 'yosegi import' writes, a ${RECORD})`,
  );
}

/** A model of another tool, as `yosegi import` took it in: measured in the form in which a bundle would ship it. */
async function modelSubject(folder: string): Promise<Subject> {
  if ((await readRecord(folder)).answers) return loadedSubject(await loadRun(folder));
  const { model, weights, record } = await openImported(folder);
  const outputs = { logits: model.logits };
  const { parameters, macs } = graphCost(graph(outputs), { N: 1 });
  const shipped = deployGraph(model, outputs, weights);
  return {
    name: folder,
    parameters,
    macs,
    preprocessing: record.preprocessing,
    ...(await temporaryFile(encodeModel(toOnnx(shipped.graph, { constants: shipped.constants, target: 'standard' })))),
  };
}

/** A file, as the process that measures memory reads one. */
async function temporaryFile(bytes: Uint8Array): Promise<Pick<Subject, 'file' | 'close'>> {
  const temporary = await mkdtemp(join(tmpdir(), 'yosegi-bench-'));
  const file = join(temporary, 'model.onnx');
  await writeFile(file, bytes);
  return { file, close: () => rm(temporary, { recursive: true, force: true }) };
}

async function runSubject(folder: string): Promise<Subject> {
  const loaded = await loadRun(folder);
  return { ...(await loadedSubject(loaded)), record: folder, run: loaded };
}

async function loadedSubject(loaded: LoadedRun): Promise<Subject> {
  const { parameters, macs } = graphCost(graph(shippedValues(loaded, {})), { N: 1 });
  return {
    name: `${loaded.run.name} (${loaded.run.model})`,
    parameters,
    macs,
    preprocessing: loaded.run.preprocessing,
    makes: taskNamed(loaded.run.task).makes !== undefined,
    ...(await temporaryFile(deployedModel(loaded))),
  };
}
