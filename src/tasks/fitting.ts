import type { Tensor } from '../base/tensor.ts';
import type { Model } from '../models/model.ts';
import type { Network } from '../models/network.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { BatchSource } from './batch.ts';

/** Options of a task, as run.json keeps them. */
export type KeptOptions = Readonly<Record<string, unknown>>;

/** How a head is fitted without training steps. */
export interface Fitting<T = unknown> {
  /**
   * The options with what the shapes of parameters depend on, which is known once the pictures are counted: the network is built from
   * them, and run.json keeps them, so that it is built alike again.
   */
  settle(options: KeptOptions, facts: FitFacts): KeptOptions;
  /** Looks at the pictures and gives what is kept of them. @throws YosegiError where they are too few, or when `signal` stops it */
  fit(job: FitJob<T>): Promise<Fitted>;
}

interface FitFacts {
  /** Pictures that are learnt from. */
  readonly pictures: number;
  readonly model: Model;
  /** Names what is drawn. */
  readonly seed: number;
}

/** What is fitted, to what, and who wants to hear of it. */
interface FitJob<T = unknown> {
  /** Built with settled options. */
  readonly network: Network;
  /** Settled ones. */
  readonly options: KeptOptions;
  readonly runtime: Runtime;
  readonly threads?: number;
  readonly seed: number;
  /** Of every parameter: those of the backbone as they stay, those of the head before the fit. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  /** As they are evaluated: in order, not varied. */
  readonly train: BatchSource<T>;
  /** Pictures that are not learnt from. */
  readonly val?: BatchSource<T>;
  /** Hears how far a part of the work is; `what` names it for people. */
  readonly onProgress?: (what: string, done: number, of: number) => void;
  readonly signal?: AbortSignal;
}

/** What a fit gives. */
export interface Fitted {
  /** Of the parameters that were fitted, by name; the others stay as they are. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  /** The options with what else is known now. */
  readonly options: KeptOptions;
}
