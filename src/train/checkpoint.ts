import { z } from 'zod';
import { check, YosegiError } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import { encodeSafetensors, parseSafetensors } from '../weights/safetensors.ts';
import { type Hash, sealed, sealOf } from '../weights/seal.ts';
import { epochSchema } from './epoch.ts';

const count = z.int().min(0);
const rank = z.array(z.number()).min(1);

/** Where training stands between two steps. */
export const progressSchema = z.object({
  /** The epoch under way, from 0. */
  epoch: count,
  /** Batches of it that are done. */
  batch: count,
  /** Steps in all. */
  step: count,
  /** Optimiser updates; fewer than steps where a gradient was not finite. */
  updates: count,
  lossSum: z.number(),
  /** The task's sums over the epoch so far, by figure. */
  tallies: z.record(z.string(), z.object({ sum: z.number(), count: z.number().min(0) })),
  seen: count,
  seconds: z.number().min(0),
  /** The epoch whose weights are kept. */
  best: z
    .object({
      epoch: count,
      figures: z.record(z.string(), z.number()),
      rank,
      /** The one with the highest figures; absent where an older version wrote it, which kept that one. */
      peak: z.object({ epoch: count, rank }).optional(),
    })
    .nullable(),
  history: z.array(epochSchema),
});
export type Progress = z.infer<typeof progressSchema>;

/** Everything that the next step depends on. */
export interface Checkpoint {
  readonly progress: Progress;
  /** Options that must be the same when training goes on. */
  readonly fingerprint: string;
  /** Names and shapes of the parameters and statistics that lie one after another in the flat tensors. */
  readonly layout: Readonly<Record<string, readonly number[]>>;
  /** `params`, `statistics`, `ema.*` and `optimizer.*`, flat. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

const FORMAT = 'yosegi-checkpoint-2';

/** A checkpoint as one file: safetensors, with all else and the hash over everything in its metadata, so that it is whole or not there. */
export function encodeCheckpoint({ tensors, ...rest }: Checkpoint, hash?: Hash): Uint8Array {
  const metadata = {
    progress: JSON.stringify(rest.progress),
    fingerprint: rest.fingerprint,
    layout: JSON.stringify(rest.layout),
  };
  return encodeSafetensors(tensors, { ...(hash ? sealed(metadata, tensors, hash) : metadata), format: FORMAT });
}

/** Reads a checkpoint; throws where it is none, was changed, or belongs to other options. `hash` must be the one it was written with. */
export function decodeCheckpoint(bytes: Uint8Array, fingerprint: string, hash?: Hash): Checkpoint {
  const { metadata, tensors } = parseSafetensors(bytes);
  const { format = 'nothing', ...parts } = metadata;
  const { progress, layout, fingerprint: print } = parts;
  check(
    format === FORMAT,
    () =>
      `this file is no checkpoint of this version (it says '${format}', expected is '${FORMAT}'): ` +
      'go on with the version of yosegi that wrote it, or train again with --force',
  );
  const changed =
    'the checkpoint is not what was written: it was changed, or disk or memory are damaged. Train again with --force';
  check(progress !== undefined && layout !== undefined && print !== undefined, changed);
  check(!hash || sealOf(parts, tensors, hash) === 'whole', changed);
  check(
    print === fingerprint,
    'the checkpoint was made with other data, model or options; resume with the same ones, or train into another folder',
  );
  const parsed = progressSchema.safeParse(JSON.parse(progress));
  if (!parsed.success)
    throw new YosegiError(`the checkpoint's progress cannot be read: ${z.prettifyError(parsed.error)}`);
  const shapes = z.record(z.string(), z.array(count)).parse(JSON.parse(layout));
  return { progress: parsed.data, fingerprint, layout: shapes, tensors };
}

/** Before the first step. */
export function beginning(): Progress {
  return {
    epoch: 0,
    batch: 0,
    step: 0,
    updates: 0,
    lossSum: 0,
    tallies: {},
    seen: 0,
    seconds: 0,
    best: null,
    history: [],
  };
}
