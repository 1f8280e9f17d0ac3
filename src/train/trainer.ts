import { check } from '../base/errors.ts';
import { parseBytes } from '../base/text/bytes.ts';
import { graph } from '../graph/graph.ts';
import { norm } from '../optim/clip.ts';
import { compile, type Program } from '../runtime/runtime.ts';
import type { Batch } from '../tasks/batch.ts';
import { beginning, type Progress } from './checkpoint.ts';
import { Clock } from './clock.ts';
import type { Epoch } from './epoch.ts';
import { trainingGraph } from './graph.ts';
import { diverged, type Fault, faultOf, faultText } from './health.ts';
import type { TrainingJob, TrainingResult } from './job.ts';
import { anyOf, meanOver } from './ranks.ts';
import { rateAt } from './rate.ts';
import { isKept, isStale, peakWith } from './selection.ts';
import { isSparse, Sparsity } from './sparsity.ts';
import { frozenOf, TrainingState } from './state.ts';
import { type TrainingStep, trainingStep } from './step.ts';
import { addTallies, meansOf } from './tallies.ts';
import { figuresOf } from './validate.ts';
import { fitIntoMemory, watchedSteps } from './within-memory.ts';

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
  readonly #sparsity: Sparsity | undefined;
  #progress: Progress;
  /** What was wrong with the last steps, in a row. */
  #faults: Fault[] = [];
  #lastSave = performance.now();
  #fitted = false;
  /** A step; of the first ones is told what they take, unless they were brought into a budget. */
  readonly #watched: ReturnType<typeof watchedSteps>;

  private constructor(job: TrainingJob<T>, step: TrainingStep, evaluator: Program) {
    this.#job = job;
    this.#step = step;
    this.#evaluator = evaluator;
    this.#state = new TrainingState(step, job.options, job.weights, job.rateOf);
    const { options, network, train } = job;
    if (isSparse(options))
      this.#sparsity = new Sparsity(network, step.params, options, options.epochs * train.batchesPerEpoch);
    if (job.resume) {
      this.#state.restore(job.resume.tensors);
      this.#sparsity?.resume(step.params.values);
    }
    const { meter, onNotice } = job;
    const tells = meter && onNotice && job.options.memory === undefined;
    this.#watched = tells ? watchedSteps(meter, onNotice) : (_, run) => run();
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
      },
    );
    const load = { threads: options.threads, packed: false, ...(job.idle && { idle: job.idle }) };
    const step = await trainingStep(job.runtime, tg, job.weights, load);
    if (options.recompute) await step.limit(0);
    const g = graph(network.outputs, network.model.name);
    return new Trainer(job, step, await compile(job.runtime, g, { ...load, constants: frozenOf(step, job.weights) }));
  }

  async close(): Promise<void> {
    await this.#step.close();
    await this.#evaluator.close();
  }

  async run(): Promise<TrainingResult> {
    const { options, train, signal, ranks } = this.#job;
    const p = this.#progress;
    // A run that had stopped early and is resumed has nothing left to do.
    if (p.batch === 0 && isStale(p, options.earlyStop)) return this.#finish('no improvement', false);
    while (p.epoch < options.epochs) {
      while (p.batch < train.batchesPerEpoch) {
        const asked = performance.now();
        const batch = await train.batch(p.epoch, p.batch);
        await this.#fitIntoMemory(batch);
        await this.#watched(batch.indices.length, () => this.#trainBatch(batch, asked));
        if (await anyOf(ranks, signal?.aborted ?? false)) return this.#finish('stopped', true);
        if ((performance.now() - this.#lastSave) / 1000 >= options.checkpointSeconds) await this.#save();
      }
      const ended = await this.#endEpoch();
      // One that was stopped while it judged stops the others; whether more training helps the first one decides.
      const first = (ranks?.rank ?? 0) === 0;
      if (await anyOf(ranks, ended === 'stopped' || (first && ended !== undefined)))
        return this.#finish(ended ?? 'stopped', true);
    }
    return this.#finish('finished', true);
  }

  /** Once, before the first step: what it takes is measured, and brought into the budget. */
  async #fitIntoMemory(batch: Batch<T>): Promise<void> {
    const { options: o, meter, onNotice } = this.#job;
    if (this.#fitted) return;
    this.#fitted = true;
    if (o.memory === undefined) return;
    check(meter, 'how much memory this process holds cannot be asked here: leave out the option memory');
    const size = batch.indices.length;
    const text = await fitIntoMemory({
      step: this.#step,
      batchSize: size,
      budget: parseBytes(o.memory),
      other: this.#state.untouchedBytes(),
      meter,
      run: () => this.#step.run({ image: batch.images, ...batch.targets }, size, o.seed, 0),
    });
    onNotice?.(text);
  }

  async #trainBatch(batch: Batch<T>, asked: number): Promise<void> {
    const { options: o, task, train, ranks } = this.#job;
    const p = this.#progress;
    const size = batch.indices.length;
    const feeds = { image: batch.images, ...batch.targets };
    if (this.#sparsity?.advance(p.step, this.#step.params.values)) this.#state.hold(this.#sparsity);
    // Every process draws numbers of its own.
    const draws = ranks ? p.step * ranks.size + ranks.rank : p.step;
    const { loss: own, outputs } = await this.#step.run(feeds, size, o.seed, draws);
    const loss = ranks ? await meanOver(ranks, this.#step, own) : own;
    this.#sparsity?.hold(this.#step.grads.values);
    const gradientNorm = norm(this.#step.grads.values);
    const rate = rateAt(this.#job, p.step);
    const fault = faultOf(loss, gradientNorm, this.#step.grads, this.#step.params);
    if (fault) this.#noteFault(fault);
    else {
      this.#faults = [];
      p.updates++;
      this.#state.apply(rate, p.updates, gradientNorm);
      if (this.#sparsity) this.#state.hold(this.#sparsity);
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
      imagesPerSecond: (size * (ranks?.size ?? 1)) / seconds,
      eta: this.#clock.secondsTo(steps, p.step),
    });
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
    const judged = due
      ? await figuresOf(this.#job, val, this.#evaluator, () => this.#state.feeds(), p.epoch)
      : undefined;
    if (judged === 'stopped') return 'stopped';
    if (p.seen === 0) throw diverged(p.epoch, this.#faults.at(-1));
    const trainLoss = p.lossSum / p.seen;
    const rank = judged ? task.rank(judged) : [-trainLoss];
    // One that has not lost all weights yet is not what was asked for.
    const whole = this.#sparsity?.isDone(p.step) ?? true;
    const better = whole && (judged !== undefined || !val) && isKept(rank, p.best, val?.length);
    const epoch: Epoch = {
      epoch: p.epoch,
      step: p.step,
      trainLoss,
      train: meansOf(p.tallies),
      val: judged ?? null,
      learningRate: rateAt(this.#job, p.step - 1),
      imagesPerSecond: (p.seen * (this.#job.ranks?.size ?? 1)) / Math.max(p.seconds, 1e-9),
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
    await this.#job.onEpoch?.(epoch, p, () => this.#state.weights());
    return isStale(p, o.earlyStop) ? 'no improvement' : undefined;
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
