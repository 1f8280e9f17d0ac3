import { YosegiError } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import { clipScale } from '../optim/clip.ts';
import { emaDecay, emaUpdate } from '../optim/ema.ts';
import { adamW, type Optimizer, sgd } from '../optim/optimizer.ts';
import type { TrainOptions } from './options.ts';
import { segmentsOf } from './segments.ts';
import type { Sparsity } from './sparsity.ts';
import type { TrainingStep } from './step.ts';

type Weights = ReadonlyMap<string, Tensor<'float32'>>;

/** The weights that a step never changes. */
export function frozenOf({ params, statistics }: TrainingStep, weights: Weights): Weights {
  return new Map([...weights].filter(([name]) => !params.offsets.has(name) && !statistics.offsets.has(name)));
}

/** Everything that training changes: parameters, running statistics, their moving average, the optimiser's memory. */
export class TrainingState {
  readonly #step: TrainingStep;
  readonly #options: TrainOptions;
  readonly #optimizer: Optimizer;
  readonly #ema: { readonly params: Float32Array; readonly statistics: Float32Array } | undefined;
  /** Values that never change. */
  readonly #frozen: Weights;

  constructor(step: TrainingStep, options: TrainOptions, weights: Weights, rateOf?: (name: string) => number) {
    this.#step = step;
    this.#options = options;
    const segments = segmentsOf(step, options.weightDecay, rateOf);
    const n = step.params.length;
    this.#optimizer =
      options.optimizer === 'adamw'
        ? adamW(n, segments)
        : sgd(n, segments, { momentum: options.momentum, nesterov: true });
    this.#ema =
      options.ema > 0 ? { params: step.params.values.slice(), statistics: step.statistics.values.slice() } : undefined;
    this.#frozen = frozenOf(step, weights);
  }

  /** Makes zero what has gone, in the weights and in their average. */
  hold(sparsity: Sparsity): void {
    sparsity.hold(this.#step.params.values);
    if (this.#ema) sparsity.hold(this.#ema.params);
  }

  /** Bytes that are first touched by a step and an update: gradients, and what the optimiser remembers. */
  untouchedBytes(): number {
    const kept = Object.values(this.#optimizer.state).reduce((n, t) => n + t.byteLength, 0);
    return this.#step.grads.values.byteLength + kept;
  }

  /** Takes over what the step's last run found: update number `update` (from 1) at a learning rate. */
  apply(rate: number, update: number, gradientNorm: number): void {
    const { params, grads } = this.#step;
    this.#step.accept();
    this.#optimizer.step(params.values, grads.values, rate, update, clipScale(gradientNorm, this.#options.clip));
    if (!this.#ema) return;
    const decay = emaDecay(this.#options.ema, update);
    emaUpdate(this.#ema.params, params.values, decay);
    emaUpdate(this.#ema.statistics, this.#step.statistics.values, decay);
  }

  /** What an evaluation of the network as it would be shipped now is fed: all that is not frozen. */
  feeds(): Record<string, Tensor> {
    const { params, statistics } = this.#step;
    if (!this.#ema) return { ...params.tensors, ...statistics.tensors };
    return Object.fromEntries([...params.copy(this.#ema.params), ...statistics.copy(this.#ema.statistics)]);
  }

  /** What would be shipped now: the averaged weights where an average is kept. */
  weights(): Map<string, Tensor<'float32'>> {
    const { params, statistics } = this.#step;
    return new Map([...this.#frozen, ...params.copy(this.#ema?.params), ...statistics.copy(this.#ema?.statistics)]);
  }

  /** The whole state for a checkpoint; views, not copies. */
  tensors(): Map<string, Tensor<'float32'>> {
    const { params, statistics } = this.#step;
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

  /** Names and shapes of what lies in the flat tensors, for a checkpoint to say. */
  layout(): Record<string, readonly number[]> {
    const { params, statistics } = this.#step;
    const all = [...Object.entries(params.tensors), ...Object.entries(statistics.tensors)];
    return Object.fromEntries(all.map(([name, t]) => [name, t.shape]));
  }

  /** @throws YosegiError where the checkpoint is of another model */
  restore(saved: ReadonlyMap<string, Tensor>): void {
    for (const [name, t] of this.tensors()) {
      const stored = saved.get(name);
      if (!(stored?.data instanceof Float32Array) || stored.data.length !== t.data.length)
        throw new YosegiError(
          `the checkpoint does not fit the model: '${name}' has ${stored?.data.length ?? 'no'} values, ${t.data.length} are needed`,
        );
      t.data.set(stored.data);
    }
  }
}

const flat = (data: Float32Array): Tensor<'float32'> => ({ dtype: 'float32', shape: [data.length], data });
