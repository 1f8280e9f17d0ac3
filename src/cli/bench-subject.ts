import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { YosegiError } from '../base/errors.ts';
import { recoverFolder } from '../base/node/leftovers.ts';
import { MANIFEST } from '../bundle/manifest.ts';
import { deployedModel, shippedValues } from '../bundle/node/models.ts';
import { loadBundle } from '../bundle/node/read.ts';
import type { Preprocessing } from '../data/preprocess.ts';
import { graphCost } from '../graph/cost.ts';
import { graph } from '../graph/graph.ts';
import { type LoadedRun, loadRun } from '../run/node/run-folder.ts';

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
  /** The run itself. */
  readonly run?: LoadedRun;
  /** Removes what was written for the measurement. */
  close(): Promise<void>;
}

/** Finds out whether `path` is a run, a bundle or an .onnx file. A run is measured as it would be exported. */
export async function openSubject(path: string): Promise<Subject> {
  await recoverFolder(path);
  const close = async () => {};
  if (await isFile(join(path, 'run.json'))) return runSubject(path);
  if (await isFile(join(path, MANIFEST))) {
    const { manifest, preprocessing } = await loadBundle(path);
    const { parameters, macs } = manifest.model;
    return { name: manifest.name, file: join(path, 'model.onnx'), parameters, macs, preprocessing, close };
  }
  if (await isFile(path)) return { name: path, file: path, close };
  throw new YosegiError(
    `${path} is no run, no bundle and no .onnx file (a run has a run.json, a bundle a ${MANIFEST})`,
  );
}

async function runSubject(folder: string): Promise<Subject> {
  const loaded = await loadRun(folder);
  const { parameters, macs } = graphCost(graph(shippedValues(loaded, {})), { N: 1 });
  // A file, as the process that measures memory reads one.
  const temporary = await mkdtemp(join(tmpdir(), 'yosegi-bench-'));
  const file = join(temporary, 'model.onnx');
  await writeFile(file, deployedModel(loaded));
  return {
    name: `${loaded.run.name} (${loaded.run.model})`,
    file,
    parameters,
    macs,
    preprocessing: loaded.run.preprocessing,
    record: folder,
    run: loaded,
    close: () => rm(temporary, { recursive: true, force: true }),
  };
}

async function isFile(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info?.isFile() ?? false;
}
