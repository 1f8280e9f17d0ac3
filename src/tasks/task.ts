import type { z } from 'zod';
import type { Tensor } from '../base/tensor.ts';
import type { Placement } from '../data/geometry/placement.ts';
import type { Image } from '../data/image.ts';
import type { Value } from '../graph/value.ts';
import type { Model } from '../models/model.ts';
import type { Network } from '../models/network.ts';
import type { ModelSource } from '../models/source.ts';
import type { Tensors } from '../runtime/runtime.ts';
import type { Batch, Encoder, EncoderContext } from './batch.ts';
import type { Captioned } from './captioned.ts';
import type { TaskDefaults } from './defaults.ts';
import type { Fitting } from './fitting.ts';
import type { Making } from './making.ts';
import type { Objective } from './objective.ts';
import type { Judged } from './page.ts';
import type { Taught } from './taught.ts';

export type { Network } from '../models/network.ts';

/**
 * Everything that is special about a task, as one record. Trainer, batches, predictor, bundle, report and command line know
 * this record and never a task's name. `T` is what is known of a picture (its target), `A` what is said of one (the answer), `E`
 * what is said of a set of pictures (the evaluation). All three are plain JSON.
 */
export interface Task<T = unknown, A = unknown, E extends Judged = Judged> {
  /** As in `--task`, in run.json and in a bundle's manifest. */
  readonly name: string;
  /** In a few words, for help texts: what is learnt. */
  readonly about: string;
  /** Checks a target that was stored. */
  readonly target: z.ZodType<T>;
  /** Fewest classes that make sense. */
  readonly leastClasses: number;
  /** Whether each class must have pictures to train on. */
  readonly everyClassTrains: boolean;
  /** Whether a picture of this target may be trained on; those that may not are kept for validation and test. Default: every one may. */
  learnsFrom?(target: T): boolean;
  /** Classes that a picture shows, by index; drawn splits keep their shares, balanced sampling evens out the first one. */
  shows(target: T): readonly number[];
  /** What turns these targets into tensors; made anew in every worker. */
  encoder(context: EncoderContext, truths: readonly T[]): Encoder<T>;

  /** Draws what was answered on its picture, which is as the answer speaks of it. */
  drawAnswer?(picture: Image, answer: A, classes: readonly string[]): void;
  /** Draws a target on its picture, whose pixels went where `placement` says: what a contact sheet shows besides the picture. */
  draw?(picture: Image, target: T, placement: Placement): void;

  /** Options of training that only this task has; their descriptions become help texts. */
  readonly options: z.ZodObject;
  /** The models that it takes, where those of the registry, which answer about pictures, will not do. */
  readonly models?: ModelSource;
  /** A head for this task on a model. `options` are the task's own, checked. */
  network(model: Model, options: unknown): Network;
  /**
   * Where the network's outputs are scores [N, classes] of one class out of several, each of them an answer, so that a picture may
   * leave at an exit that is sure: the class that a target names. Without it, every picture runs to the end.
   */
  readonly early?: { label(target: T): number };
  /** Where the head is not trained step by step but fitted in a few looks at the pictures: how. Objective, tally and probe are not asked then. */
  readonly fitting?: Fitting<T>;
  /** What is minimised; only what is fitted has none. */
  objective?(network: Network, context: ObjectiveContext): Objective;
  /** Where what is learnt comes from another network that sees the same pictures: how. */
  readonly taught?: Taught;
  /** Where the network may be told what people have said of a picture: how. */
  readonly captioned?: Captioned<T>;
  /** Sums of what a step shows of its batch while training, by figure. */
  tally?(outputs: Tensors, batch: Batch<T>): Tallies;
  /** Where a linear probe is possible: what the frozen part gives, [N, features], and the rest as a network that takes it as its image. */
  probe?(network: Network): { readonly features: Value; readonly head: Network } | undefined;

  /** The figures that `tally` and a meter give, the most telling first. */
  readonly figures: readonly Figure[];
  /** Judges a set of pictures, batch by batch, in bounded memory. */
  meter(context: MeterContext): Meter<T, E>;
  /** Larger is better; later numbers decide between equals. */
  rank(figures: Figures): readonly number[];
  readonly evaluation: z.ZodType<E>;

  /** What the shipped graph gives. */
  readonly ship: {
    readonly options: z.ZodObject;
    /** By name, in order. `options` are the task's own, checked. */
    outputs(network: Network, options: unknown): Readonly<Record<string, Value>>;
    /** What each output may be, for people who read the bundle. */
    readonly about: Readonly<Record<string, string>>;
    /** Where the order of rows hangs on scores that may be nearly equal: what came out, in the order of what was expected. */
    readonly inOrder?: (expected: Tensors, actual: Tensors) => Tensors;
    /** Last lines of the bundle's example programs: they print the answer of one picture from the outputs, which have their own names. */
    readonly code: {
      readonly node: (outputs: readonly string[]) => string;
      readonly python: (outputs: readonly string[]) => string;
    };
  };
  /** Options of an answer, such as a threshold; their descriptions become help texts of `yosegi predict`. */
  readonly answering?: z.ZodObject;
  /** What the shipped outputs say of one picture; their rows are its views, of which there is one where it is not cut into tiles. */
  answerOf(outputs: Tensors, context: AnswerContext): A;
  readonly answer: z.ZodType<A>;
  /** Whether targets and answers speak of places in the picture: what moves its pixels moves them too. */
  readonly placed?: true;
  /** Whether a picture may be looked at in tiles: meter and answer put them together. */
  readonly tiles?: true;
  /** What is chosen where nothing is said. */
  readonly defaults?: TaskDefaults;
  /** Where a network answers nothing about a picture but makes some: how. Predictors and shares of exits are not for such tasks. */
  readonly makes?: Making;
}

/** A task that is trained step by step. */
export type TrainedTask<T = unknown, A = unknown, E extends Judged = Judged> = Task<T, A, E> &
  Required<Pick<Task<T, A, E>, 'objective' | 'tally'>>;

/** Whether a task is trained step by step. */
export const isTrained = <T, A, E extends Judged>(task: Task<T, A, E>): task is TrainedTask<T, A, E> =>
  task.objective !== undefined && task.tally !== undefined;

export interface ObjectiveContext {
  readonly classes: number;
  /** The task's own options, checked. */
  readonly options: unknown;
  /** Pictures to train on that show each class. */
  readonly counts: readonly number[];
}

/** A number that tells how good something is. */
export interface Figure {
  readonly name: string;
  /** For a line of a log, e.g. `accuracy`. */
  readonly label: string;
  /** Whether it is a share of 0 … 1, printed in percent. */
  readonly share: boolean;
}

/** Figures by name; `loss` is always among those of a meter. */
export type Figures = Readonly<Record<string, number>>;

/** A sum and how many it was taken over, by figure. */
export type Tallies = Readonly<Record<string, { readonly sum: number; readonly count: number }>>;

export interface MeterContext {
  readonly classes: readonly string[];
  /** Name of an item's file, for those that are worth looking at. */
  readonly fileOf?: (index: number) => string;
  /** Whether everything there is to say will be asked for, not only the figures. */
  readonly detailed?: boolean;
  /** The task's own options, as the run keeps them. */
  readonly options?: unknown;
}

export interface Meter<T, E> {
  add(outputs: Tensors, batch: Batch<T>): void;
  figures(): Figures;
  /** Everything there is to say; `split` names the set. */
  evaluation(split: EvaluatedSplit): E;
}

/** A split that may be judged on. */
export type EvaluatedSplit = 'test' | 'val';

export interface AnswerContext {
  readonly classes: readonly string[];
  /** Where the picture's pixels went, for each view. */
  readonly placements: readonly Placement[];
  /** The task's options of an answer, of which some may be missing. */
  readonly options: unknown;
}

/** The outputs that a picture is judged by. */
export function judgedOutputs({ outputs, judged }: Network): Readonly<Record<string, Value>> {
  const names = judged ?? Object.keys(outputs).slice(-1);
  return Object.fromEntries(names.map((name) => [name, outputs[name]!]));
}

/** Numbers of a tensor that must be float32. */
export function floats(t: Tensor | undefined, name: string): Float32Array {
  if (t?.data instanceof Float32Array) return t.data;
  throw new TypeError(`'${name}' must be float32, got ${t?.dtype ?? 'nothing'}`);
}
