import { z } from 'zod';

const amount = z.number().min(0);

/** One training that ended, or was not begun for a reason. A line of `trials.jsonl`. */
export const pocTrialSchema = z.strictObject({
  candidate: z.string(),
  /** The how manieth look, from 0. */
  round: z.int().min(0),
  epochs: z.int().min(0),
  /** The task's leading figure on the validation pictures; null where it was not trained. */
  value: z.number().nullable(),
  /** Why not, in words. */
  refused: z.string().nullable(),
  /** Milliseconds for one picture on this machine, median, batch 1; null where it could not be timed. */
  ms: amount.nullable(),
  parameters: amount.nullable(),
  /** What it took of the time, reading the pictures included. */
  seconds: amount,
});
export type PocTrial = z.output<typeof pocTrialSchema>;

/** One that was trained and timed. */
export type Tried = PocTrial & { readonly value: number; readonly ms: number };

export const isTried = (t: PocTrial): t is Tried => t.value !== null && t.ms !== null;
