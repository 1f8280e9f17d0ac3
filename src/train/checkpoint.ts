import { z } from 'zod';
import { check, YosegiError } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import { encodeSafetensors, parseSafetensors } from '../weights/safetensors.ts';
import { epochSchema } from './records.ts';

/** Where training stands between two steps. */
export const progressSchema = z.object({
  /** The epoch under way, from 0. */
  epoch: z.int(),
  /** Batches of it that are done. */
  batch: z.int(),
  /** Steps in all. */
  step: z.int(),
  /** Optimiser updates; fewer than steps where a gradient was not finite. */
  updates: z.int(),
  lossSum: z.number(),
  correct: z.int(),
  seen: z.int(),
  seconds: z.number(),
  best: z.object({ epoch: z.int(), accuracy: z.number().nullable(), loss: z.number() }).nullable(),
  history: z.array(epochSchema),
});
export type Progress = z.infer<typeof progressSchema>;

/** Everything that the next step depends on. */
export interface Checkpoint {
  readonly progress: Progress;
  /** Options that must be the same when training goes on. */
  readonly fingerprint: string;
  /** `param:`, `stat:`, `ema:`, `emastat:` and `<optimiser state>:` tensors by name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** A checkpoint as one file: safetensors, with the progress in its metadata, so that it is whole or not there. */
export function encodeCheckpoint(c: Checkpoint): Uint8Array {
  return encodeSafetensors(c.tensors, {
    progress: JSON.stringify(c.progress),
    fingerprint: c.fingerprint,
    format: 'yosegi-checkpoint-1',
  });
}

/** Reads a checkpoint; throws where it is none or belongs to other options. */
export function decodeCheckpoint(bytes: Uint8Array, fingerprint: string): Checkpoint {
  const { metadata, tensors } = parseSafetensors(bytes);
  check(metadata.format === 'yosegi-checkpoint-1', 'this file is no yosegi checkpoint');
  check(
    metadata.fingerprint === fingerprint,
    'the checkpoint was made with other data, model or options; resume with the same ones, or train into another folder',
  );
  const parsed = progressSchema.safeParse(JSON.parse(metadata.progress ?? 'null'));
  if (!parsed.success)
    throw new YosegiError(`the checkpoint's progress cannot be read: ${z.prettifyError(parsed.error)}`);
  return { progress: parsed.data, fingerprint, tensors };
}
