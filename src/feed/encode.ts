import type { Preprocessing } from '../data/preprocess.ts';
import type { Encoder } from '../tasks/batch.ts';
import type { Task } from '../tasks/task.ts';

/** A task's encoder of these targets, for batches of this input. */
export function encoderFor<T>(
  task: Task<T>,
  truths: readonly T[],
  classes: number,
  { size }: Preprocessing,
  smoothing: number,
): Encoder<T> {
  return task.encoder({ classes, size, smoothing }, truths);
}

/** For each item the first class it shows, -1 for none: what balanced sampling evens out. */
export function kindsOf<T>(task: Task<T>, truths: readonly T[]): Int32Array {
  return Int32Array.from(truths, (truth) => task.shows(truth)[0] ?? -1);
}
