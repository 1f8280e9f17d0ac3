import { check } from '../../../base/errors.ts';
import type { Tensor } from '../../../base/tensor.ts';
import type { TextShape } from '../../../models/text-encoder/text-encoder.ts';
import { compile, type Runtime } from '../../../runtime/runtime.ts';
import type { Network, Task } from '../../../tasks/task.ts';
import { type CaptionReader, captionReader } from '../../caption-reader.ts';
import type { Run } from '../../records.ts';
import { taskOptionsOf } from '../../task-options.ts';
import { openRunTokenizer, readCaptionFile } from './files.ts';

/** What an encoder that is trained along is part of. */
export interface Trained {
  readonly task: Task;
  readonly network: Network;
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
}

/** Who reads captions for a run's network; undefined where it is told none. */
export async function openCaptionReader(
  folder: string,
  run: Run,
  runtime: Runtime,
  trained: Trained,
): Promise<CaptionReader | undefined> {
  const frozen = await openFrozenReader(folder, run, runtime, trained.task);
  const shape = shapeOf(run, trained.task);
  if (frozen || !shape) return frozen;
  const own = trained.task.captioned?.encoder(trained.network);
  check(own, () => `${folder} has no encoder of captions that was trained along, and none of its own`);
  const program = await compile(runtime, own, { constants: trained.weights, target: 'standard' });
  return captionReader(await openRunTokenizer(folder, run), program, shape);
}

/** The same where the encoder stays as it is; undefined where it is trained along. */
export async function openFrozenReader(
  folder: string,
  run: Run,
  runtime: Runtime,
  task: Task,
): Promise<CaptionReader | undefined> {
  const shape = shapeOf(run, task);
  const file = await readCaptionFile(folder, run, 'encoder');
  if (!shape || !file) return undefined;
  const program = await runtime.load(file, { idle: 'sleep' });
  return captionReader(await openRunTokenizer(folder, run), program, shape);
}

/** How captions come to a run's network; undefined where it is told none. */
export const shapeOf = (run: Run, task: Task): TextShape | undefined =>
  run.captions && task.captioned?.shape(taskOptionsOf(run));
