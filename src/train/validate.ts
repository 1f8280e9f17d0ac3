import { YosegiError } from '../base/errors.ts';
import type { Program, Tensors } from '../runtime/runtime.ts';
import type { BatchSource } from '../tasks/batch.ts';
import type { Figures, Meter } from '../tasks/task.ts';
import type { TrainingJob } from './job.ts';

export interface JudgeOptions {
  /** Further feeds: weights that are inputs. */
  readonly feeds?: () => Tensors;
  readonly onBatch?: (done: number, of: number) => void;
  /** Asks to stop after the batch under way. */
  readonly signal?: AbortSignal;
}

/** Runs a program over every batch of a source and lets a meter judge what comes out; false where it was stopped before the end. */
export async function judgeAll<T, E>(
  program: Program,
  source: BatchSource<T>,
  meter: Meter<T, E>,
  { feeds = () => ({}), onBatch, signal }: JudgeOptions = {},
): Promise<boolean> {
  for (let i = 0; i < source.batchesPerEpoch; i++) {
    if (signal?.aborted) return false;
    const batch = await source.batch(0, i);
    // A network that is judged by what it makes of a picture and its target takes both.
    const targets = Object.entries(batch.targets).filter(([name]) => program.inputs.includes(name));
    const given = { image: batch.images, ...Object.fromEntries(targets) };
    meter.add(await program.run({ ...given, ...feeds() }), batch);
    onBatch?.(i + 1, source.batchesPerEpoch);
  }
  return true;
}

/** Figures of the validation split after an epoch; undefined, and said, where the network gives no numbers. */
export async function figuresOf<T>(
  { task, classes, signal, onValidate, onNotice }: TrainingJob<T>,
  val: BatchSource<T>,
  evaluator: Program,
  feeds: () => Tensors,
  epoch: number,
): Promise<Figures | 'stopped' | undefined> {
  const meter = task.meter({ classes });
  try {
    const options = { feeds, ...(signal && { signal }), ...(onValidate && { onBatch: onValidate }) };
    return (await judgeAll(evaluator, val, meter, options)) ? meter.figures() : 'stopped';
  } catch (error) {
    if (!(error instanceof YosegiError)) throw error;
    onNotice?.(`epoch ${epoch + 1} cannot be judged: ${error.message}`);
    return undefined;
  }
}
