import { permutation, random } from '../../base/random.ts';
import { evalSource } from '../../feed/node/loader.ts';
import { type Graph, graph } from '../../graph/graph.ts';
import { networkOf } from '../../run/node/network-of.ts';
import { loadRun } from '../../run/node/run-folder.ts';
import { openRunImages } from '../../run/node/run-images.ts';
import { compile, type Runtime } from '../../runtime/runtime.ts';
import type { Batch, BatchSource } from '../../tasks/batch.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { judgedOutputs } from '../../tasks/task.ts';
import { judgeAll } from '../../train/validate.ts';
import type { LatencyTable } from '../latency/table.ts';
import { lesions } from '../lesions.ts';

/** What a block of a trained network answers for. */
export interface Response {
  readonly block: string;
  /** Milliseconds for one picture, by itself. */
  readonly ms: number;
  /** The task's leading figure without it; undefined where it cannot be left out. */
  readonly without?: number;
}

export interface Responses {
  /** The whole network's figure on the same pictures. */
  readonly whole: number;
  readonly pictures: number;
  readonly blocks: readonly Response[];
}

/** Pictures that each network is shown, at most. */
const MOST = 512;
const BATCH = 64;

/**
 * Shows the validated pictures to a run's network without each of its blocks in turn, and times each block. Undefined where it was stopped.
 */
export async function responsesOf(
  folder: string,
  runtime: Runtime,
  table: LatencyTable,
  signal?: AbortSignal,
): Promise<Responses | undefined> {
  const loaded = await loadRun(folder);
  const { run, weights } = loaded;
  const task = taskNamed(run.task);
  const { dataset } = await openRunImages(folder, run, task, { of: ['val'] });
  try {
    const { val } = dataset.items;
    const some = [...permutation(random(0, 'responses'), val.length)].slice(0, MOST).map((i) => val[i]!);
    const few = { ...dataset, items: { ...dataset.items, val: some } };
    const seen = evalSource(few, 'val', { preprocessing: run.preprocessing, batchSize: BATCH });
    const pictures = await held(seen);
    await seen.close();
    const figureOf = async (g: Graph): Promise<number> => {
      const program = await compile(runtime, g, { constants: weights, target: 'standard' });
      const meter = task.meter({ classes: run.classes });
      await judgeAll(program, pictures, meter);
      await program.close();
      return meter.figures()[task.figures[0]!.name] ?? 0;
    };
    const network = graph(judgedOutputs(networkOf(loaded)));
    const whole = await figureOf(network);
    const without = new Map<string, number>();
    for (const { block, graph } of lesions(network)) {
      if (signal?.aborted) return undefined;
      without.set(block, await figureOf(graph));
    }
    const parts = await table.parts(network);
    const blocks = parts.map(({ name, ms }) => ({
      ...{ block: name, ms },
      ...(without.has(name) && { without: without.get(name)! }),
    }));
    return { whole, pictures: some.length, blocks };
  } finally {
    await dataset.close();
  }
}

/** The batches of a source, decoded once. */
async function held<T>(source: BatchSource<T>): Promise<BatchSource<T>> {
  const batches: Batch<T>[] = [];
  for (let i = 0; i < source.batchesPerEpoch; i++) batches.push(await source.batch(0, i));
  return { ...source, batch: async (_, i) => batches[i]! };
}
