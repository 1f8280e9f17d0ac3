import { z } from 'zod';
import { check } from '../base/errors.ts';

const amount = z.number().min(0);
const count = z.int().min(1);

/** Where a measurement was made. */
export const machineSchema = z.object({
  cpu: z.string(),
  /** Cores this process may use. */
  cores: count,
  memoryGiB: amount,
  os: z.string(),
  node: z.string(),
  /** e.g. `onnxruntime-node 1.30.0` */
  runtime: z.string(),
});
export type Machine = z.infer<typeof machineSchema>;

/** One series of runs, in milliseconds a run. */
const latencySchema = z.object({
  threads: count,
  batch: count,
  p50: amount,
  p95: amount,
  p99: amount,
  mean: amount,
  /** Timed runs. */
  runs: count,
  unit: z.literal('ms'),
});
export type Latency = z.infer<typeof latencySchema>;

/** Images a second at one number of threads and one batch size: batch / median run time. */
const throughputSchema = z.object({ threads: count, batch: count, imagesPerSecond: amount, runs: count });
export type Throughput = z.infer<typeof throughputSchema>;

/** `bench.json`: how fast a model is on one machine, what it takes there, and what a million images cost. */
export const benchmarkSchema = z.object({
  machine: machineSchema,
  created: z.string(),
  model: z.string(),
  /** Height and width of the input in pixels. */
  size: z.tuple([count, count]),
  parameters: z.int().min(0),
  /** For one image; null for a model of unknown operators. */
  macs: amount.nullable(),
  fileBytes: z.int().min(0),
  /** Untimed runs before each series (fewer for runs that take long). */
  warmup: z.int().min(0),
  /** Most timed runs of a series; it ended at these or at `seconds`. */
  repetitions: count,
  seconds: z.number().positive(),
  latency: z.array(latencySchema).min(1),
  throughput: z.array(throughputSchema).min(1),
  /** Reading the file and making it ready, in a process of its own. */
  loadMs: amount,
  /** Growth of the resident memory by loading and running at batch 1, at its peak, in a fresh process; null if not measured. */
  memoryMiB: amount.nullable(),
  /** Peak of that whole process. */
  processMiB: amount.nullable(),
  /** Decoding, resizing and normalising one file, median; null if none was given. */
  preprocessMs: amount.nullable(),
  cost: z.object({
    watts: amount,
    pricePerKwh: amount,
    currency: z.string(),
    pricePerCloudHour: amount,
    /** The series the cost is taken from: the fastest. */
    threads: count,
    batch: count,
    secondsPerMillion: amount,
    energyKwhPerMillion: amount,
    energyCostPerMillion: amount,
    cloudCostPerMillion: amount,
  }),
});
export type Benchmark = z.infer<typeof benchmarkSchema>;

/** The fastest series. */
export function fastest(throughput: readonly Throughput[]): Throughput {
  const [first, ...rest] = throughput;
  check(first, 'there is no measurement');
  return rest.reduce((best, t) => (t.imagesPerSecond > best.imagesPerSecond ? t : best), first);
}
