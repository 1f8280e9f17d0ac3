import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { atomicWrite } from '../../base/node/atomic.ts';
import { shellPath } from '../../base/node/shell.ts';
import { bytesText } from '../../base/text/numbers.ts';
import { percent } from '../../base/text/percent.ts';
import { nameOf } from '../../graph/graph.ts';
import type { TrainRunResult } from '../../run/node/fit.ts';
import { imagesOf, type LoadedRun, loadRun } from '../../run/node/run-folder.ts';
import { weightsFile } from '../../run/node/stamped.ts';
import { taskOptionsOf } from '../../run/task-options.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { sparseLayers } from '../../train/sparsity.ts';
import { type Recovery, recovered } from './recover.ts';

export interface SparsifyOptions extends Omit<Recovery, 'data' | 'train'> {
  readonly run: string;
  /** Share of the weights of layers that go; or a pattern such as 2:4. */
  readonly sparsity: number | string;
  /** The same share of each layer's weights, instead of the smallest ones anywhere. */
  readonly evenly?: boolean;
  /** Where the images are now; default: where the run found them. */
  readonly data?: string;
}

/** What a run's weights take. */
export interface Stored {
  /** Weights that may go (see `sparseLayers`), and how many of them are zero. */
  readonly weights: number;
  readonly zeros: number;
  /** Of the file, as it is and zipped. */
  readonly bytes: number;
  readonly zipped: number;
}

interface Sparsified {
  readonly before: Stored;
  readonly after: Stored;
  readonly trained: TrainRunResult;
}

/** The zipped weights of a run that was made sparse, beside those that other tools read. */
const ZIPPED = join('best', 'model.safetensors.gz');

/**
 * Trains a run's network again while its smallest weights go to zero (see `Sparsity`), on the run's own images; of the registry or imported, whatever its
 * task. What comes out is a run like any other, with its weights zipped beside them: nothing computes faster for zeros here, they are for storage.
 */
export async function sparsifyRun(options: SparsifyOptions): Promise<Sparsified> {
  const { run: folder, out, sparsity, evenly = false } = options;
  const loaded = await loadRun(folder);
  const data = await imagesOf(
    loaded.run,
    options.data,
    `say where they are: yosegi prune ${shellPath(folder)} --data DIR`,
  );
  const { model, overrides, source, classes } = loaded.run;
  const start =
    source === undefined
      ? { model, overrides, weights: folder }
      : { model: join(folder, source), overrides, warm: { weights: loaded.weights, classes } };
  const before = await storedAs(loaded);
  const trained = await recovered(start, loaded, {
    ...options,
    data,
    train: {
      ...(typeof sparsity === 'number' ? { sparsity } : { sparsity: 0, sparsePattern: sparsity }),
      sparseEvenly: evenly,
    },
  });
  if (trained.result.reason === 'stopped') return { before, after: before, trained };
  return { before, after: await storedAs(await loadRun(out), join(out, ZIPPED)), trained };
}

/** What a run's weights take; they are written zipped where a file is named. */
async function storedAs({ folder, run, model, weights: all }: LoadedRun, to?: string): Promise<Stored> {
  const file = await readFile(weightsFile(folder, run));
  const zipped = await promisify(gzip)(file, { level: constants.Z_BEST_COMPRESSION });
  if (to !== undefined) await atomicWrite(to, zipped);
  const network = taskNamed(run.task).network(model, taskOptionsOf(run));
  const own = sparseLayers(network).map(({ weight }) => all.get(nameOf(weight)!)!);
  return {
    weights: own.reduce((n, t) => n + t.data.length, 0),
    zeros: own.reduce((n, t) => n + t.data.filter((v) => v === 0).length, 0),
    bytes: file.length,
    zipped: zipped.length,
  };
}

/** `80.0 % of 2.2 M weights are zero; file 8.9 MB, zipped 2.3 MB`. */
export const storedText = ({ weights, zeros, bytes, zipped }: Stored): string =>
  `${percent(zeros / weights)} of ${(weights / 1e6).toFixed(2)} M weights are zero; file ${bytesText(bytes)}, zipped ${bytesText(zipped)}`;
