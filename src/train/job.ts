import type { Tensor } from '../base/tensor.ts';
import type { LoadOptions, Runtime } from '../runtime/runtime.ts';
import type { BatchSource } from '../tasks/batch.ts';
import type { Figures, Network, TrainedTask } from '../tasks/task.ts';
import type { Checkpoint, Progress } from './checkpoint.ts';
import type { Epoch } from './epoch.ts';
import type { TrainOptions } from './options.ts';
import type { Ranks } from './ranks.ts';
import type { MemoryMeter } from './within-memory.ts';

/** What is trained on what, and who wants to hear of it. */
export interface TrainingJob<T = unknown> {
  readonly task: TrainedTask<T>;
  readonly network: Network;
  /** Names of the classes. */
  readonly classes: readonly string[];
  readonly runtime: Runtime;
  readonly options: TrainOptions;
  /** Options of the task alone. */
  readonly taskOptions?: unknown;
  /** What the threads do between two steps; `sleep` where another program runs in turns with them. */
  readonly idle?: LoadOptions['idle'];
  readonly train: BatchSource<T>;
  readonly val?: BatchSource<T>;
  /** Pictures to train on that show each class; only what weighs classes needs it. */
  readonly counts?: readonly number[];
  /** First values of all parameters. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  readonly resume?: Checkpoint;
  /** Which parameters are trained; default all. */
  readonly trainable?: (name: string) => boolean;
  /** Share of the learning rate that a parameter gets; default 1. */
  readonly rateOf?: (name: string) => number;
  readonly fingerprint?: string;
  /** What the process holds, where that can be asked: it is needed to keep within `options.memory`. */
  readonly meter?: MemoryMeter;
  /** Other processes that train the same, each on its part of every batch; `train` gives this one's part. */
  readonly ranks?: Ranks;
  readonly onStep?: (event: StepEvent) => void;
  /** `weights` gives those that would be shipped now. */
  readonly onEpoch?: (
    epoch: Epoch,
    progress: Progress,
    weights: () => ReadonlyMap<string, Tensor<'float32'>>,
  ) => void | Promise<void>;
  readonly onValidate?: (done: number, of: number) => void;
  readonly onNotice?: (message: string) => void;
  readonly save?: (checkpoint: Checkpoint) => Promise<void>;
  readonly saveBest?: (weights: ReadonlyMap<string, Tensor<'float32'>>, epoch: Epoch) => Promise<void>;
  /** Asks to stop after the step under way; a checkpoint is saved. */
  readonly signal?: AbortSignal;
}

export interface StepEvent {
  readonly epoch: number;
  readonly batch: number;
  readonly batches: number;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  /** The task's figures over the epoch so far. */
  readonly figures: Figures;
  readonly learningRate: number;
  readonly gradientNorm: number;
  /** Waiting for data counted in. */
  readonly imagesPerSecond: number;
  /** Seconds to the end at the rate since this process began. */
  readonly eta: number;
}

export interface TrainingResult {
  readonly reason: 'finished' | 'stopped' | 'no improvement';
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  readonly history: readonly Epoch[];
  readonly best: Progress['best'];
}
