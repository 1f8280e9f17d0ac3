import { YosegiError } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import type { Batch, BatchSource } from '../feed/batch.ts';
import { concat } from '../graph/build.ts';
import { graph } from '../graph/graph.ts';
import { input, type Value } from '../graph/value.ts';
import { exitsOf, type Model } from '../models/model.ts';
import { clipScale, norm } from '../optim/clip.ts';
import { emaDecay, emaUpdate } from '../optim/ema.ts';
import { adamW, type Optimizer, sgd } from '../optim/optimizer.ts';
import { learningRate } from '../optim/schedule.ts';
import { compile, type Program, type Runtime } from '../runtime/runtime.ts';
import { crossEntropy } from '../tasks/classify/cross-entropy.ts';
import { dynamicPerceiverLoss, exitsLoss } from '../tasks/classify/exits-loss.ts';
import type { Checkpoint, Progress } from './checkpoint.ts';
import { argmax, byExit, lossAndAccuracy, predictAll } from './evaluate.ts';
import { trainingGraph } from './graph.ts';
import { peakRate, type TrainOptions } from './options.ts';
import type { Epoch } from './records.ts';
import { segmentsOf } from './segments.ts';
import { type TrainingStep, trainingStep } from './step.ts';

/** What is trained on what, and who wants to hear of it. */
export interface TrainingJob {
  readonly model: Model;
  readonly runtime: Runtime;
  readonly options: TrainOptions;
  readonly train: BatchSource;
  readonly val?: BatchSource;
  /** First values of all parameters. */
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly resume?: Checkpoint;
  /** Which parameters are trained; default all. */
  readonly trainable?: (name: string) => boolean;
  /** Share of the learning rate that a parameter gets; default 1. */
  readonly rateOf?: (name: string) => number;
  /** What is minimised, of targets [N, classes]; default the cross-entropy, of all exits where there are any. */
  readonly loss?: (targets: Value) => Value;
  /** Weight of each class in the loss; default 1. */
  readonly classWeights?: readonly number[];
  readonly fingerprint?: string;
  readonly onStep?: (event: StepEvent) => void;
  readonly onEpoch?: (epoch: Epoch, progress: Progress) => void | Promise<void>;
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
  readonly accuracy: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  readonly imagesPerSecond: number;
  /** Seconds to the end at the present rate. */
  readonly eta: number;
}

export interface TrainingResult {
  readonly reason: 'finished' | 'stopped' | 'no improvement';
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  readonly history: readonly Epoch[];
  readonly best: Progress['best'];
}

/** Steps in a row with a loss that is no number after which training gives up. */
const MAX_BROKEN = 5;

/** Trains a classifier. Any step can be the last: what a checkpoint holds is all that the next step depends on. */
export async function train(job: TrainingJob): Promise<TrainingResult> {
  const trainer = await Trainer.open(job);
  try {
    return await trainer.run();
  } finally {
    await trainer.close();
  }
}

class Trainer {
  readonly #job: TrainingJob;
  readonly #step: TrainingStep;
  readonly #optimizer: Optimizer;
  readonly #evaluator: Program;
  readonly #ema: { params: Float32Array; statistics: Float32Array } | undefined;
  #progress: Progress;
  #broken = 0;
  #lastSave = performance.now();
  #clock = performance.now();

  private constructor(job: TrainingJob, step: TrainingStep, evaluator: Program) {
    this.#job = job;
    this.#step = step;
    this.#evaluator = evaluator;
    const { options: o } = job;
    const segments = segmentsOf(step, o.weightDecay, job.rateOf);
    const n = step.params.length;
    this.#optimizer =
      o.optimizer === 'adamw' ? adamW(n, segments) : sgd(n, segments, { momentum: o.momentum, nesterov: true });
    this.#ema =
      o.ema > 0 ? { params: step.params.values.slice(), statistics: step.statistics.values.slice() } : undefined;
    this.#progress = {
      epoch: 0,
      batch: 0,
      step: 0,
      updates: 0,
      lossSum: 0,
      correct: 0,
      seen: 0,
      seconds: 0,
      best: null,
      history: [],
    };
    if (job.resume) this.#restore(job.resume);
  }

  static async open(job: TrainingJob): Promise<Trainer> {
    const { model, options } = job;
    const targets = input('targets', 'float32', ['N', model.classes]);
    const tg = trainingGraph(
      { loss: job.loss?.(targets) ?? lossOf(model, targets, options), outputs: { logits: model.logits } },
      {
        ...(job.trainable && { trainable: job.trainable }),
        ...(options.recompute && { recomputeFrom: model.stages.map((s) => s.value) }),
      },
    );
    const load = { threads: options.threads };
    const step = await trainingStep(job.runtime, tg, job.weights, load);
    const frozen = new Map(
      [...job.weights].filter(([name]) => !step.params.offsets.has(name) && !step.statistics.offsets.has(name)),
    );
    // All exits side by side, as one row an image.
    const exits = exitsOf(model).map((e) => e.logits);
    const logits = exits.length > 1 ? concat(exits, 1) : model.logits;
    const evaluator = await compile(job.runtime, graph({ logits }, model.name), { ...load, constants: frozen });
    return new Trainer(job, step, evaluator);
  }

  async close(): Promise<void> {
    await this.#step.close();
    await this.#evaluator.close();
  }

  async run(): Promise<TrainingResult> {
    const { options, train } = this.#job;
    const p = this.#progress;
    // A run that had stopped early and is resumed has nothing left to do.
    if (p.batch === 0 && this.#stale()) return this.#finish('no improvement', false);
    while (p.epoch < options.epochs) {
      this.#clock = performance.now();
      while (p.batch < train.batchesPerEpoch) {
        await this.#trainBatch(await train.batch(p.epoch, p.batch));
        if (this.#job.signal?.aborted) return this.#finish('stopped', true);
        if ((performance.now() - this.#lastSave) / 1000 >= options.checkpointSeconds) await this.#save();
      }
      const ended = await this.#endEpoch();
      if (ended) return this.#finish(ended, true);
    }
    return this.#finish('finished', true);
  }

  async #trainBatch(batch: Batch): Promise<void> {
    const { options: o, train } = this.#job;
    const p = this.#progress;
    const started = performance.now();
    const size = batch.labels.length;
    const targets = weighted(batch.targets, this.#job.classWeights);
    const { loss, outputs } = await this.#step.run({ image: batch.images, targets }, size, o.seed, p.step);
    const gradientNorm = norm(this.#step.grads.values);
    const steps = o.epochs * train.batchesPerEpoch;
    const rate = this.#rate(p.step);
    if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) {
      this.#broken = 0;
      p.updates++;
      this.#optimizer.step(
        this.#step.params.values,
        this.#step.grads.values,
        rate,
        p.updates,
        clipScale(gradientNorm, o.clip),
      );
      this.#moveAverage(o.ema);
      p.lossSum += loss * size;
      p.correct += countCorrect(outputs.logits!, batch.labels);
      p.seen += size;
    } else this.#noteBroken(loss);
    p.batch++;
    p.step++;
    const seconds = (performance.now() - started) / 1000;
    p.seconds += seconds;
    const elapsed = (performance.now() - this.#clock) / 1000;
    const rateNow = p.batch > 1 ? Math.min(p.batch, p.step) / Math.max(elapsed, 1e-9) : 1 / seconds;
    this.#job.onStep?.({
      epoch: p.epoch,
      batch: p.batch,
      batches: train.batchesPerEpoch,
      step: p.step,
      steps,
      loss,
      accuracy: p.seen ? p.correct / p.seen : 0,
      learningRate: rate,
      gradientNorm,
      imagesPerSecond: size / seconds,
      eta: (steps - p.step) / rateNow,
    });
  }

  #rate(step: number): number {
    const { options: o, train } = this.#job;
    const base = peakRate(o);
    const warmup = Math.round(o.warmup * train.batchesPerEpoch);
    return learningRate({ base, min: Math.min(o.minLr, base), warmup, total: o.epochs * train.batchesPerEpoch }, step);
  }

  #noteBroken(loss: number): void {
    this.#broken++;
    const p = this.#progress;
    this.#job.onNotice?.(`step ${p.step}: the loss is ${loss}; this step is left out`);
    if (this.#broken >= MAX_BROKEN) throw diverged(p.epoch);
  }

  #moveAverage(decay: number): void {
    if (!this.#ema) return;
    const d = emaDecay(decay, this.#progress.updates);
    emaUpdate(this.#ema.params, this.#step.params.values, d);
    emaUpdate(this.#ema.statistics, this.#step.statistics.values, d);
  }

  /** Validates, writes the epoch down, keeps the best; tells whether training should end. */
  async #endEpoch(): Promise<TrainingResult['reason'] | undefined> {
    const { options: o, val } = this.#job;
    const p = this.#progress;
    const due = val && ((p.epoch + 1) % o.evalEvery === 0 || p.epoch + 1 === o.epochs);
    const predicted = due && (await predictAll(this.#evaluator, val, () => this.#evaluationWeights()));
    const exits = predicted ? byExit(predicted, this.#job.model.classes).map(lossAndAccuracy) : [];
    const measured = exits.at(-1);
    if (p.seen === 0) throw diverged(p.epoch);
    const trainLoss = p.lossSum / p.seen;
    // The last exit is good long before the early ones are: all of them count.
    const score = measured ? meanOf(exits) : { accuracy: null, loss: trainLoss };
    const better = (due || !val) && Number.isFinite(score.loss) && isBetter(score, p.best);
    const epoch: Epoch = {
      epoch: p.epoch,
      step: p.step,
      trainLoss,
      trainAccuracy: p.correct / p.seen,
      valLoss: measured && Number.isFinite(measured.loss) ? measured.loss : null,
      valAccuracy: measured?.accuracy ?? null,
      ...(exits.length > 1 && { exits: exits.map((e) => e.accuracy) }),
      learningRate: this.#rate(p.step - 1),
      imagesPerSecond: p.seen / Math.max(p.seconds, 1e-9),
      seconds: p.seconds,
      best: better,
    };
    if (better) p.best = { epoch: p.epoch, ...score };
    p.history.push(epoch);
    Object.assign(p, { epoch: p.epoch + 1, batch: 0, lossSum: 0, correct: 0, seen: 0, seconds: 0 });
    if (better) await this.#job.saveBest?.(this.#weights(), epoch);
    await this.#save();
    await this.#job.onEpoch?.(epoch, p);
    return this.#stale() ? 'no improvement' : undefined;
  }

  /** Whether as many epochs as early stopping allows have passed without a better one. */
  #stale(): boolean {
    const { earlyStop } = this.#job.options;
    const { best, epoch } = this.#progress;
    return earlyStop > 0 && best !== null && epoch - 1 - best.epoch >= earlyStop;
  }

  #evaluationWeights(): Record<string, Tensor> {
    if (!this.#ema) return { ...this.#step.params.tensors, ...this.#step.statistics.tensors };
    return Object.fromEntries(this.#weights());
  }

  /** What would be shipped now: the averaged weights where an average is kept. */
  #weights(): Map<string, Tensor<'float32'>> {
    const { params, statistics } = this.#step;
    return new Map([
      ...frozenOf(this.#job, this.#step),
      ...params.copy(this.#ema?.params),
      ...statistics.copy(this.#ema?.statistics),
    ]);
  }

  async #finish(reason: TrainingResult['reason'], save: boolean): Promise<TrainingResult> {
    if (save) await this.#save();
    const { history, best } = this.#progress;
    return { reason, weights: this.#weights(), history, best };
  }

  async #save(): Promise<void> {
    await this.#job.save?.({
      progress: structuredClone(this.#progress),
      fingerprint: this.#job.fingerprint ?? '',
      tensors: this.#tensors(),
    });
    this.#lastSave = performance.now();
  }

  #tensors(): Map<string, Tensor<'float32'>> {
    const { params, statistics } = this.#step;
    const flat = (values: Float32Array): Tensor<'float32'> => ({
      dtype: 'float32',
      shape: [values.length],
      data: values,
    });
    const tensors = new Map([
      ['params', flat(params.values)],
      ['statistics', flat(statistics.values)],
    ]);
    for (const [name, values] of Object.entries(this.#optimizer.state)) tensors.set(`optimizer.${name}`, flat(values));
    if (this.#ema) {
      tensors.set('ema.params', flat(this.#ema.params));
      tensors.set('ema.statistics', flat(this.#ema.statistics));
    }
    return tensors;
  }

  #restore(c: Checkpoint): void {
    for (const [name, t] of this.#tensors()) {
      const saved = c.tensors.get(name);
      if (saved?.data.length !== t.data.length)
        throw new YosegiError(
          `the checkpoint does not fit the model: '${name}' has ${saved?.data.length ?? 'no'} values, ${t.data.length} are needed`,
        );
      t.data.set(saved.data as Float32Array);
    }
    this.#progress = structuredClone(c.progress);
  }
}

function diverged(epoch: number): YosegiError {
  return new YosegiError(
    `training diverged in epoch ${epoch + 1}: the loss is no longer a number. ` +
      'The last checkpoint is untouched; try a lower --lr, a longer --warmup or --clip 1.',
  );
}

function frozenOf(job: TrainingJob, step: TrainingStep): [string, Tensor<'float32'>][] {
  return [...job.weights].filter(([name]) => !step.params.offsets.has(name) && !step.statistics.offsets.has(name)) as [
    string,
    Tensor<'float32'>,
  ][];
}

/** Cross-entropy; of a model with exits on the way, the published loss over all of them. */
function lossOf({ exits, logits }: Model, targets: Value, options: TrainOptions): Value {
  if (!exits) return crossEntropy(logits, targets);
  const {
    // Those of the merged exit are left over where there is none.
    exitWeights: weights = dynamicPerceiverLoss.weights.slice(0, exits.length),
    distillation = dynamicPerceiverLoss.distillation,
    temperature = dynamicPerceiverLoss.temperature,
  } = options;
  return exitsLoss(
    exits.map((e) => e.logits),
    targets,
    { weights, distillation, temperature },
  );
}

const meanOf = (scores: readonly { loss: number; accuracy: number }[]) => ({
  loss: scores.reduce((sum, s) => sum + s.loss, 0) / scores.length,
  accuracy: scores.reduce((sum, s) => sum + s.accuracy, 0) / scores.length,
});

function weighted(targets: Tensor<'float32'>, weights: readonly number[] | undefined): Tensor<'float32'> {
  if (!weights) return targets;
  return { ...targets, data: targets.data.map((v, i) => v * weights[i % weights.length]!) };
}

function countCorrect(logits: Tensor, labels: Int32Array): number {
  const data = logits.data as Float32Array;
  const classes = logits.shape[1]!;
  return labels.reduce((n, label, i) => n + Number(argmax(data, i * classes, classes) === label), 0);
}

function isBetter(score: { accuracy: number | null; loss: number }, best: Progress['best']): boolean {
  if (!best) return true;
  const [a, b] = [score.accuracy ?? 0, best.accuracy ?? 0];
  return a !== b ? a > b : score.loss < best.loss;
}
