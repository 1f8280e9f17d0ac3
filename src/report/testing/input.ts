import { preprocessing } from '../../data/preprocess.ts';
import type { Benchmark } from '../../measure/benchmark.ts';
import { machine } from '../../measure/testing/machine.ts';
import type { Run } from '../../run/records.ts';
import { type Evaluation, evaluate } from '../../tasks/classify/evaluation.ts';
import { classifyPage } from '../../tasks/classify/page/page.ts';
import type { Epoch } from '../../train/epoch.ts';
import type { DataSummary } from '../data-summary.ts';
import type { ReportInput } from '../input.ts';

export const classes = ['scratch', 'ok', 'dent'];

export function run(change: Partial<Run> = {}): Run {
  return {
    format: 2,
    task: 'classify',
    name: 'steel',
    created: '2025-11-20T12:00:00Z',
    yosegi: '0.1.0',
    data: '/nowhere/steel',
    model: 'ascan-nano',
    overrides: {},
    classes,
    channels: 3,
    preprocessing: preprocessing({ size: 64 }),
    options: { train: { epochs: 20 }, task: { classWeights: 'none' }, sampling: 'shuffle', recipe: { mix: null } },
    parameters: 4_800_000,
    macs: 61e6,
    images: { train: 600, val: 60, test: 300 },
    problems: [],
    ...change,
  };
}

/** Images counted by [truth][prediction], each given the confidence of `confidence` (right or wrong alike). */
export function evaluation(
  confusion: readonly (readonly number[])[],
  { confidence = 0.95, split = 'test', names = classes }: Partial<Parts> = {},
): Evaluation {
  const rows = confusion.flatMap((row, label) =>
    row.flatMap((count, predicted) =>
      Array.from({ length: count }, (_, i) => ({
        file: `${names[label]}/${predicted}-${i}.jpg`,
        label,
        probabilities: names.map((_, c) => (c === predicted ? confidence : (1 - confidence) / (names.length - 1))),
      })),
    ),
  );
  return evaluate(names, rows, split);
}

interface Parts {
  confidence: number;
  split: 'test' | 'val';
  names: string[];
}

/** A model with nothing to complain about: 97 % right and as sure as that. */
const sound = () =>
  evaluation(
    [
      [97, 2, 1],
      [1, 97, 2],
      [1, 2, 97],
    ],
    { confidence: 0.97 },
  );

export function epochs(count: number, at: (t: number) => Partial<Epoch> = () => ({})): Epoch[] {
  return Array.from({ length: count }, (_, i) => ({
    epoch: i,
    step: (i + 1) * 20,
    trainLoss: 0.1 + 1 / (i + 1),
    train: { accuracy: 0.98 - 0.5 / (i + 1) },
    val: { accuracy: 0.97 - 0.5 / (i + 1), loss: 0.15 + 1 / (i + 1) },
    learningRate: 1e-3,
    imagesPerSecond: 100,
    seconds: 6,
    best: i === count - 2,
    ...at(i),
  }));
}

export function benchmark(): Benchmark {
  const latency = { p50: 6.4, p95: 8.8, p99: 12.9, mean: 6.7, runs: 200, unit: 'ms' } as const;
  return {
    machine: machine(),
    created: '2025-11-20T13:00:00Z',
    model: 'ascan-nano',
    size: [64, 64],
    parameters: 4_800_000,
    macs: 61e6,
    fileBytes: 19_000_000,
    warmup: 5,
    repetitions: 200,
    seconds: 2,
    latency: [
      { ...latency, threads: 1, batch: 1, p50: 16.1 },
      { ...latency, threads: 4, batch: 1 },
      { ...latency, threads: 4, batch: 8, p50: 1.5 },
    ],
    throughput: [
      { threads: 1, batch: 1, imagesPerSecond: 62, runs: 200 },
      { threads: 4, batch: 8, imagesPerSecond: 160, runs: 200 },
    ],
    loadMs: 143,
    memoryMiB: 88,
    processMiB: 160,
    preprocessMs: 1.9,
    cost: {
      watts: 45,
      pricePerKwh: 27,
      currency: 'JPY',
      pricePerCloudHour: 16,
      threads: 4,
      batch: 8,
      secondsPerMillion: 6250,
      energyKwhPerMillion: 0.078,
      energyCostPerMillion: 2.1,
      cloudCostPerMillion: 27.8,
    },
  };
}

export function summary(change: Partial<DataSummary> = {}): DataSummary {
  return {
    classes: classes.map((name) => ({ name, train: 200, val: 20, test: 100 })),
    duplicates: { groups: [] },
    notes: [],
    ...change,
  };
}

/** Everything there is, of a run without faults. */
export function input(change: Partial<ReportInput> = {}): ReportInput {
  return {
    run: run(),
    task: { page: classifyPage },
    epochs: epochs(20),
    evaluation: sound(),
    benchmark: benchmark(),
    pictures: new Map([['scratch/1-0.jpg', 'data:image/jpeg;base64,AAAA']]),
    bundleBytes: 19_400_000,
    dataSummary: summary(),
    ...change,
  };
}
