import type { Value } from '../graph/value.ts';
import type { Model } from '../models/model.ts';
import type { KeptOptions } from './fitting.ts';

/** What a teacher says of a picture: the shape of each tensor, without N, by the name it has among a batch's targets. */
export type Says = Readonly<Record<string, readonly number[]>>;

/**
 * How a task learns from what another network says of the same pictures, as they are varied: it comes with every batch, among its
 * targets. The teacher itself is no part of the task; the run keeps it as a file.
 */
export interface Taught {
  /** What the options call the teacher: weights, a run's folder, an imported model. */
  teacher(options: KeptOptions): string;
  /** Height and width of the pictures, in pixels, where neither the user nor the teacher's own input decides. */
  readonly size: number;
  /** What is asked of the teacher, by the name it has among a batch's targets. */
  asks(teacher: Model): Readonly<Record<string, Value>>;
  /** The options with what the network's shapes depend on: run.json keeps them, so that it is built alike again. */
  settle(options: KeptOptions, says: Says): KeptOptions;
}
