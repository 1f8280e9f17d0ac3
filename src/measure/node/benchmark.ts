import { readFile, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { decodeImage } from '../../data/node/decode.ts';
import { type Preprocessing, preprocess } from '../../data/preprocess.ts';
import { decodeModel } from '../../onnx/wire/model.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { type Benchmark, fastest } from '../benchmark.ts';
import { allowedBatches, imageSize, inputsOf, randomFeeds, storedParameters } from '../feeds.ts';
import { type MeasureOptions, measureProgram, sharesThreads } from '../measure-program.ts';
import { percentile } from '../percentile.ts';
import { costOfMillion, defaultPrices, type Prices } from '../price.ts';
import { describeMachine } from './machine.ts';
import { measureFootprint } from './memory.ts';

export interface BenchmarkOptions extends MeasureOptions {
  readonly runtime: Runtime;
  /** What the model is called; default: the file's path. */
  readonly model?: string;
  /** Height and width, for a model that leaves them open. */
  readonly size?: readonly [number, number];
  /** Trained parameters; default: the weights stored in the file. */
  readonly parameters?: number;
  readonly macs?: number;
  readonly prices?: Prices;
  /** A picture and how it is prepared, to time that as well. */
  readonly picture?: { readonly file: string; readonly preprocessing: Preprocessing };
  /** Measures load time and memory in a process of its own; default true. */
  readonly footprint?: boolean;
}

/** Measures an .onnx file on this machine. Takes about `seconds` for every pair of threads and batch size. */
export async function benchmarkFile(file: string, options: BenchmarkOptions): Promise<Benchmark> {
  const { runtime, prices = defaultPrices, footprint = true } = options;
  const bytes = await readModel(file);
  const model = decodeModel(bytes);
  const inputs = inputsOf(model);
  const size = imageSize(inputs) ?? options.size;
  check(size, 'the model leaves the size of its image open: give it, e.g. --size 224');
  const usual = sharesThreads(runtime) ? [runtime.threads] : [1, availableParallelism()];
  const threads = options.threads ?? usual;
  const batches = allowedBatches(inputs, options.batches ?? [1, 2, 4, 8, 16, 32]);
  // First, while this process has not taken memory that the other would miss.
  const alone = footprint
    ? await measureFootprint({
        model: file,
        runtime: runtime.name,
        threads: Math.max(...threads),
        batch: batches[0]!,
        size,
        runs: 3,
      })
    : undefined;
  const measured = await measureProgram(runtime, bytes, (batch) => randomFeeds(inputs, batch, size), {
    ...options,
    threads,
    batches,
  });
  const best = fastest(measured.throughput);
  return {
    machine: describeMachine(runtime),
    created: new Date().toISOString(),
    model: options.model ?? file,
    size: [size[0], size[1]],
    parameters: options.parameters ?? storedParameters(model),
    macs: options.macs ?? null,
    fileBytes: (await stat(file)).size,
    warmup: measured.effort.warmup,
    repetitions: measured.effort.runs,
    seconds: measured.effort.seconds,
    latency: measured.latency,
    throughput: measured.throughput,
    loadMs: alone?.loadMs ?? measured.loadMs,
    memoryMiB: alone?.memoryMiB ?? null,
    processMiB: alone?.processMiB ?? null,
    preprocessMs: options.picture ? await preparation(options.picture) : null,
    cost: { ...costOfMillion(best.imagesPerSecond, prices), threads: best.threads, batch: best.batch },
  };
}

async function readModel(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new YosegiError(`cannot read the model ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** Median time to decode, resize and normalise one picture. */
async function preparation({ file, preprocessing }: NonNullable<BenchmarkOptions['picture']>): Promise<number> {
  const bytes = await readFile(file);
  const times: number[] = [];
  for (let i = 0; i < 12; i++) {
    const start = performance.now();
    preprocess([await decodeImage(bytes, { background: preprocessing.background })], preprocessing);
    // The first two warm the decoder up.
    if (i >= 2) times.push(performance.now() - start);
  }
  return percentile(times, 50);
}
