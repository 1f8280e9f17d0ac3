import type { Tensor } from '../base/tensor.ts';
import { bindDim } from '../graph/dim.ts';
import { formed, type LoadOptions, loadGraph, type Program, type Runtime } from '../runtime/runtime.ts';
import { drawn } from './draw.ts';
import type { TrainingGraph } from './graph.ts';
import { FlatTensors } from './parameters.ts';
import { type PlannedStep, plannedStep } from './step-memory.ts';

/** A compiled training step and the numbers it works on. */
export interface TrainingStep {
  readonly params: FlatTensors;
  readonly grads: FlatTensors;
  readonly statistics: FlatTensors;
  /** What the last run saw of them. */
  readonly observed: FlatTensors;
  /**
   * Runs forward and backward on a batch; `grads` then holds the gradients. Nothing else has changed: `accept` moves the
   * running statistics. What the step draws comes from (seed, step). Returns the loss and the other outputs.
   */
  run(feeds: Readonly<Record<string, Tensor>>, batchSize: number, seed: number, step: number): Promise<StepResult>;
  /** Moves the running statistics by what the last run saw. */
  accept(): void;
  /** What a run on a batch of a size is expected to take in memory besides parameters, gradients and the batch. */
  memory(batchSize: number): Promise<Pick<PlannedStep, 'peak' | 'share'>>;
  /** From now on activations are computed twice, until they take at most so many bytes, or as few as can be. */
  limit(bytes: number): Promise<void>;
  close(): Promise<void>;
}

interface StepResult {
  readonly loss: number;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** PyTorch's momentum of running statistics. */
const STATISTICS_MOMENTUM = 0.1;

/** Compiles a training graph and loads its first values. */
export async function trainingStep(
  runtime: Runtime,
  tg: TrainingGraph,
  weights: ReadonlyMap<string, Tensor>,
  options: LoadOptions = {},
): Promise<TrainingStep> {
  const constants = new Map(tg.frozen.map((name) => [name, weights.get(name)!]));
  let limit = Number.POSITIVE_INFINITY;
  const programs = new Programs(async (batchSize) => {
    const printing = { packed: false, ...options, constants, target: 'ort' } as const;
    const planned = await plannedStep(tg.graph, batchSize, (g) => formed(runtime, g, printing), limit);
    return { ...planned, program: await loadGraph(runtime, planned.graph, { ...printing, apart: planned.again }) };
  });
  const params = new FlatTensors(tg.trained);
  params.load(weights);
  const statistics = new FlatTensors(tg.statistics.map((s) => [s.name, s.batch.type.shape as number[]]));
  statistics.load(weights);
  const grads = new FlatTensors(tg.trained.map(([name], i) => [`grad:${name}`, tg.gradientShapes[i]!]));
  const batchStatistics = new FlatTensors(tg.statistics.map((s) => [`stat:${s.name}`, s.batch.type.shape as number[]]));
  let seen = 0;
  return {
    params,
    grads,
    statistics,
    observed: batchStatistics,
    run: async (feeds, batchSize, seed, step) => {
      const { program } = await programs.of(batchSize);
      const draws = Object.fromEntries(tg.draws.map((d) => [d.name, drawn(d, batchSize, seed, step)]));
      const given = select(program, { ...feeds, ...draws, ...params.tensors });
      const out = await program.run(given, { ...grads.tensors, ...batchStatistics.tensors });
      const { loss, ...rest } = out;
      seen = batchSize;
      const outputs = Object.fromEntries(Object.entries(rest).filter(([n]) => !n.includes(':')));
      return { loss: Number(loss!.data[0]), outputs };
    },
    accept: () => moveStatistics(tg, statistics, batchStatistics, seen),
    memory: (batchSize) => programs.of(batchSize),
    limit: (bytes) => {
      limit = bytes;
      return programs.close();
    },
    close: () => programs.close(),
  };
}

interface Made extends PlannedStep {
  readonly program: Program;
}

/** A step is compiled for its batch size: many fast forms need it. A run has one, or two for a moment. */
class Programs {
  readonly #make: (batchSize: number) => Promise<Made>;
  #made: { readonly batchSize: number; readonly made: Promise<Made> } | undefined;

  constructor(make: (batchSize: number) => Promise<Made>) {
    this.#make = make;
  }

  async of(batchSize: number): Promise<Made> {
    if (this.#made?.batchSize !== batchSize) {
      await this.close();
      this.#made = { batchSize, made: this.#make(batchSize) };
    }
    return this.#made!.made;
  }

  async close(): Promise<void> {
    const made = await this.#made?.made;
    this.#made = undefined;
    await made?.program.close();
  }
}

function select(program: Program, all: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(program.inputs.flatMap((n) => (all[n] ? [[n, all[n]]] : [])));
}

function moveStatistics(tg: TrainingGraph, running: FlatTensors, batch: FlatTensors, batchSize: number): void {
  for (const s of tg.statistics) {
    const to = running.tensors[s.name]!.data;
    const from = batch.tensors[`stat:${s.name}`]!.data;
    const n = bindDim(s.count, { N: batchSize });
    const unbiased = s.kind === 'variance' && n > 1 ? n / (n - 1) : 1;
    for (let i = 0; i < to.length; i++) {
      to[i] = (1 - STATISTICS_MOMENTUM) * to[i]! + STATISTICS_MOMENTUM * unbiased * from[i]!;
    }
  }
}
