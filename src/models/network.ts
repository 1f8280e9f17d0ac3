import type { Value } from '../graph/value.ts';
import { exitsOf, type Model } from './model.ts';

/** A head on a model, made by a task: what is trained, evaluated and shipped. The model's own classifier need not be part of it. */
export interface Network {
  readonly model: Model;
  /** What the head reads of the model, e.g. several of its stages; everything below is the backbone. */
  readonly reads: readonly Value[];
  /** By name, in order; everything that is trained hangs on them. */
  readonly outputs: Readonly<Record<string, Value>>;
  /** Names of those that a picture is judged by once training is over; default: the last one. */
  readonly judged?: readonly string[];
  /**
   * Scores whose last layers begin at zero where the head is put on features that are trained already: every class is as likely
   * as the others then. Left out, the layers of a new head begin with their own first values.
   */
  readonly zeroStart?: readonly Value[];
  /**
   * Parameters that bring something in which stored weights of the same network may not know, such as other channels or words: where those have none that fits,
   * they start anew, and what reads them keeps what it learned. Default: none.
   */
  readonly entrances?: (name: string) => boolean;
  /** Parameters with a row for each of something that has a name: rows of the same name are kept where others come or go. */
  readonly tables?: readonly RowTable[];
}

/** What the rows of a table stand for. */
export type RowKind = 'class' | 'token' | 'place';

export interface RowTable {
  /** Name of the parameter. */
  readonly name: string;
  readonly of: RowKind;
  /** The axis along which the rows lie. */
  readonly axis: number;
}

/** A model with the classifier that is its own, or with all of them where it has exits on the way. */
export function ownNetwork(model: Model): Network {
  const outputs = Object.fromEntries(exitsOf(model).map((e) => [e.name, e.logits]));
  const reads = [model.pooled, ...(model.backbone ? [model.backbone.pooled] : [])];
  return { model, reads, outputs, zeroStart: Object.values(outputs) };
}

/** A model of another tool that answers a task itself: its outputs as the task knows them, [N, …] each. */
export const answering = (model: Model, outputs: Readonly<Record<string, Value>>): Network => ({
  model,
  reads: Object.values(outputs),
  outputs,
  judged: Object.keys(outputs),
});

/** Whether the exits of a model are what its network gives; a task's head may not even read them. */
export const answersAtExits = ({ model, outputs }: Network): boolean =>
  model.exits?.every((e) => outputs[e.name] === e.logits) ?? false;
