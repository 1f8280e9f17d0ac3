import { YosegiError } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import { graph } from '../graph/graph.ts';
import { norm } from '../optim/clip.ts';
import { learningRate } from '../optim/schedule.ts';
import { compile, type Program, type Runtime } from '../runtime/runtime.ts';
import type { Batch, BatchSource } from '../tasks/batch.ts';
import type { Figures, Network, Task } from '../tasks/task.ts';
import type { Checkpoint, Progress } from './checkpoint.ts';
import { Clock } from './clock.ts';
import type { Epoch } from './epoch.ts';
import { trainingGraph } from './graph.ts';
import { type Fault, faultAdvice, faultOf, faultText } from './health.ts';
import { peakRate, type TrainOptions } from './options.ts';
import { isKept, isStale, peakWith } from './selection.ts';
import { frozenOf, TrainingState } from './state.ts';
import { type TrainingStep, trainingStep } from './step.ts';
import { addTallies, meansOf } from './tallies.ts';
import { judgeAll } from './validate.ts';

/** What is trained on what, and who wants to hear of it. */
export interface TrainingJob<T = unknown> {
  readonly task: Task<T>;
  readonly network: Network;
  /** Names of the classes. */
  readonly classes: readonly string[];
  readonly runtime: Runtime;
  readonly options: TrainOptions;
  /** Options of the task alone. */
  readonly taskOptions?: unknown;
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
  readonly onStep?: (event: StepEvent) => void;
  readonly onEpoch?: (epoch: Epoch, progress: Progress) => void | Promise<void>;
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

/** Steps in a row that are broken after which training gives up. */
const MAX_BROKEN = 5;

/** Trains a network for a task. Any step can be the last: what a checkpoint holds is all that the next step depends on. */
export async function train<T>(job: TrainingJob<T>): Promise<TrainingResult> {
  const trainer = await Trainer.open(job);
  try {
    return await trainer.run();
  } finally {
    await trainer.close();
  }
}

class Trainer<T> {
  readonly #job: TrainingJob<T>;
  readonly #step: TrainingStep;
  readonly #state: TrainingState;
  readonly #evaluator: Program;
  readonly #clock: Clock;
  #progress: Progress;
  /** What was wrong with the last steps, in a row. */
  #faults: Fault[] = [];
  #lastSave = performance.now();

  private constructor(job: TrainingJob<T>, step: TrainingStep, evaluator: Program) {
    this.#job = job;
    this.#step = step;
    this.#evaluator = evaluator;
    this.#state = new TrainingState(step, job.options, job.weights, job.rateOf);
    if (job.resume) this.#state.restore(job.resume.tensors);
    this.#progress = job.resume ? structuredClone(job.resume.progress) : beginning();
    this.#clock = new Clock(this.#progress.step);
  }

  static async open<T>(job: TrainingJob<T>): Promise<Trainer<T>> {
    const { task, network, options, classes, counts = classes.map(() => 1) } = job;
    const tg = trainingGraph(
      task.objective(network, { classes: classes.length, options: job.taskOptions ?? {}, counts }),
      {
        ...(job.trainable && { trainable: job.trainable }),
        ...(network.model.adapted && { keeps: (name) => network.model.adapted!.trained.has(name) }),
        ...(options.recompute && { recomputeFrom: network.model.stages.map((s) => s.value) }),
      },
    );
    const load = { threads: options.threads };
    const step = await trainingStep(job.runtime, tg, job.weights, load);
    const g = graph(network.outputs, network.model.name);
    return new Trainer(job, step, await compile(job.runtime, g, { ...load, constants: frozenOf(step, job.weights) }));
  }

  async close(): Promise<void> {
    await this.#step.close();
    await this.#evaluator.close();
  }

  async run(): Promise<TrainingResult> {
    const { options, train, signal } = this.#job;
    const p = this.#progress;
    // A run that had stopped early and is resumed has nothing left to do.
    if (p.batch === 0 && isStale(p, options.earlyStop)) return this.#finish('no improvement', false);
    while (p.epoch < options.epochs) {
      while (p.batch < train.batchesPerEpoch) {
        const asked = performance.now();
        await this.#trainBatch(await train.batch(p.epoch, p.batch), asked);
        if (signal?.aborted) return this.#finish('stopped', true);
        if ((performance.now() - this.#lastSave) / 1000 >= options.checkpointSeconds) await this.#save();
      }
      const ended = await this.#endEpoch();
      if (ended) return this.#finish(ended, true);
    }
    return this.#finish('finished', true);
  }

  async #trainBatch(batch: Batch<T>, asked: number): Promise<void> {
    const { options: o, task, train } = this.#job;
    const p = this.#progress;
    const size = batch.indices.length;
    const { loss, outputs } = await this.#step.run({ image: batch.images, ...batch.targets }, size, o.seed, p.step);
    const gradientNorm = norm(this.#step.grads.values);
    const rate = this.#rate(p.step);
    const fault = faultOf(loss, gradientNorm, this.#step.grads, this.#step.params);
    if (fault) this.#noteFault(fault);
    else {
      this.#faults = [];
      p.updates++;
      this.#state.apply(rate, p.updates, gradientNorm);
      p.lossSum += loss * size;
      p.tallies = addTallies(p.tallies, task.tally(outputs, batch));
      p.seen += size;
    }
    p.batch++;
    p.step++;
    const seconds = (performance.now() - asked) / 1000;
    p.seconds += seconds;
    const steps = o.epochs * train.batchesPerEpoch;
    this.#job.onStep?.({
      epoch: p.epoch,
      batch: p.batch,
      batches: train.batchesPerEpoch,
      step: p.step,
      steps,
      loss,
      figures: meansOf(p.tallies),
      learningRate: rate,
      gradientNorm,
      imagesPerSecond: size / seconds,
      eta: this.#clock.secondsTo(steps, p.step),
    });
  }

  #rate(step: number): number {
    const { options: o, train } = this.#job;
    const base = peakRate(o);
    const warmup = Math.round(o.warmup * train.batchesPerEpoch);
    return learningRate({ base, min: Math.min(o.minLr, base), warmup, total: o.epochs * train.batchesPerEpoch }, step);
  }

  #noteFault(fault: Fault): void {
    this.#faults.push(fault);
    const p = this.#progress;
    this.#job.onNotice?.(`step ${p.step}: ${faultText(fault)}; this step is left out`);
    if (this.#faults.length >= MAX_BROKEN) throw diverged(p.epoch, fault);
  }

  /** Validates, writes the epoch down, keeps the best; tells whether training should end. */
  async #endEpoch(): Promise<TrainingResult['reason'] | undefined> {
    const { options: o, task, val } = this.#job;
    const p = this.#progress;
    const due = val && ((p.epoch + 1) % o.evalEvery === 0 || p.epoch + 1 === o.epochs);
    const judged = due ? await this.#judge(val) : undefined;
    if (judged === 'stopped') return 'stopped';
    if (p.seen === 0) throw diverged(p.epoch, this.#faults.at(-1));
    const trainLoss = p.lossSum / p.seen;
    const rank = judged ? task.rank(judged) : [-trainLoss];
    const better = (judged !== undefined || !val) && isKept(rank, p.best, val?.length);
    const epoch: Epoch = {
      epoch: p.epoch,
      step: p.step,
      trainLoss,
      train: meansOf(p.tallies),
      val: judged ?? null,
      learningRate: this.#rate(p.step - 1),
      imagesPerSecond: p.seen / Math.max(p.seconds, 1e-9),
      seconds: p.seconds,
      best: better,
    };
    if (better) {
      const peak = peakWith(rank, p.epoch, p.best);
      p.best = { epoch: p.epoch, figures: judged ?? { loss: trainLoss }, rank: [...rank], peak };
    }
    p.history.push(epoch);
    Object.assign(p, { epoch: p.epoch + 1, batch: 0, lossSum: 0, tallies: {}, seen: 0, seconds: 0 });
    if (better) await this.#job.saveBest?.(this.#state.weights(), epoch);
    await this.#save();
    await this.#job.onEpoch?.(epoch, p);
    return isStale(p, o.earlyStop) ? 'no improvement' : undefined;
  }

  /** Figures of the validation split; undefined where the network gives no numbers. */
  async #judge(val: BatchSource<T>): Promise<Figures | 'stopped' | undefined> {
    const { task, classes, signal, onValidate, onNotice } = this.#job;
    const meter = task.meter({ classes });
    try {
      const options = {
        feeds: () => this.#state.feeds(),
        ...(signal && { signal }),
        ...(onValidate && { onBatch: onValidate }),
      };
      return (await judgeAll(this.#evaluator, val, meter, options)) ? meter.figures() : 'stopped';
    } catch (error) {
      if (!(error instanceof YosegiError)) throw error;
      onNotice?.(`epoch ${this.#progress.epoch + 1} cannot be judged: ${error.message}`);
      return undefined;
    }
  }

  async #finish(reason: TrainingResult['reason'], save: boolean): Promise<TrainingResult> {
    if (save) await this.#save();
    const { history, best, epoch } = this.#progress;
    const last = this.#faults.at(-1);
    if (reason !== 'stopped' && (best === null || last)) throw diverged(epoch - 1, last);
    return { reason, weights: this.#state.weights(), history, best };
  }

  async #save(): Promise<void> {
    await this.#job.save?.({
      progress: structuredClone(this.#progress),
      fingerprint: this.#job.fingerprint ?? '',
      layout: this.#state.layout(),
      tensors: this.#state.tensors(),
    });
    this.#lastSave = performance.now();
  }
}

function beginning(): Progress {
  return {
    epoch: 0,
    batch: 0,
    step: 0,
    updates: 0,
    lossSum: 0,
    tallies: {},
    seen: 0,
    seconds: 0,
    best: null,
    history: [],
  };
}

function diverged(epoch: number, fault: Fault | undefined): YosegiError {
  const what = fault ? faultText(fault) : 'no epoch gave a network whose answers are numbers';
  const advice = fault ? faultAdvice(fault) : 'try a lower --lr, a longer --warmup or --clip 1';
  return new YosegiError(
    `training diverged in epoch ${epoch + 1}: ${what}. The last checkpoint is untouched; ${advice}.`,
  );
}
