import { check } from '../base/errors.ts';
import type { Program, Runtime, Tensors } from '../runtime/runtime.ts';
import type { Latency, Throughput } from './benchmark.ts';
import { defaultEffort, type Effort, interleave } from './interleave.ts';
import { percentile, summarise } from './percentile.ts';

export interface MeasureOptions extends Partial<Effort> {
  /** Threads inside one operator; a program is loaded for each. Default: the runtime's own number. */
  readonly threads?: readonly number[];
  /** Default 1, 8 and 32. Latency is measured at the smallest. */
  readonly batches?: readonly number[];
  readonly onProgress?: (progress: Progress) => void;
}

/** How far a measurement is: `share` of its time has passed. */
export interface Progress {
  readonly share: number;
  readonly threads: number;
  readonly batch: number;
}

export interface Measured {
  readonly latency: Latency[];
  readonly throughput: Throughput[];
  /** Making the model ready in this process, median over the numbers of threads. */
  readonly loadMs: number;
  readonly effort: Effort;
}

/**
 * Times a model on a runtime: every number of threads with every batch size, all of them interleaved, so that they can be
 * compared on a noisy machine. `feeds` makes the inputs of a batch.
 */
export async function measureProgram(
  runtime: Runtime,
  model: Uint8Array,
  feeds: (batch: number) => Tensors,
  options: MeasureOptions = {},
): Promise<Measured> {
  const { seconds = defaultEffort.seconds, runs = defaultEffort.runs, warmup = defaultEffort.warmup } = options;
  const effort = { seconds, runs, warmup };
  const threads = distinct(options.threads ?? [runtime.threads], 'threads');
  check(
    !sharesThreads(runtime) || threads.join() === String(runtime.threads),
    () =>
      `in WebAssembly all programs share the ${runtime.threads} thread(s) that the runtime was opened with, not ${threads}`,
  );
  const batches = distinct(options.batches ?? [1, 8, 32], 'batch sizes');
  const inputs = new Map(batches.map((batch) => [batch, feeds(batch)]));
  const programs: Program[] = [];
  const loads: number[] = [];
  try {
    for (const n of threads) {
      const start = performance.now();
      programs.push(await runtime.load(model, { threads: n }));
      loads.push(performance.now() - start);
    }
    const points = threads.flatMap((n, i) => batches.map((batch) => ({ threads: n, batch, program: programs[i]! })));
    const shares = points.map(() => 0);
    const times = await interleave(
      points.map(({ program, batch }) => ({ run: () => program.run(inputs.get(batch)!) })),
      effort,
      {
        onTurn: (i, share) => {
          shares[i] = share;
          const { threads, batch } = points[i]!;
          options.onProgress?.({ share: shares.reduce((a, b) => a + b, 0) / points.length, threads, batch });
        },
      },
    );
    const series = points.map((p, i) => ({ threads: p.threads, batch: p.batch, ...summarise(times[i]!) }));
    return {
      latency: series.filter((s) => s.batch === batches[0]).map((s) => ({ ...s, unit: 'ms' })),
      // By the median, which other work on the machine moves least.
      throughput: series.map(({ threads, batch, p50, runs }) => ({
        threads,
        batch,
        imagesPerSecond: (1000 * batch) / p50,
        runs,
      })),
      loadMs: percentile(loads, 50),
      effort,
    };
  } finally {
    for (const program of programs) await program.close();
  }
}

/** Whether the number of threads is the runtime's, whatever a program asks for. */
export const sharesThreads = (runtime: Runtime) => runtime.name === 'onnxruntime-web';

/** Ascending, each once. */
function distinct(values: readonly number[], what: string): number[] {
  check(
    values.length > 0 && values.every((v) => Number.isInteger(v) && v >= 1),
    () => `${what} must be whole numbers of at least 1, got ${values.join(', ') || 'none'}`,
  );
  return [...new Set(values)].sort((a, b) => a - b);
}
