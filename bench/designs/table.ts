import { join } from 'node:path';
import { z } from 'zod';
import { readJsonLines, writeJsonLines } from '../../src/base/node/json-lines.ts';

const share = z.number().min(0).max(1);

/** A line of the table: a design of space.ts, trained to the end. */
const rowSchema = z.strictObject({
  /** Which value of each choice, in the order of the space. */
  design: z.array(z.int().min(0)),
  seed: z.int().min(0),
  /** Accuracy on the validated pictures after each epoch of the one schedule. */
  val: z.array(share),
  /** Accuracy on the test pictures at the end; nothing was chosen by it. */
  test: share,
  /** How many pictures either is of. */
  valImages: z.int(),
  testImages: z.int(),
  parameters: z.number(),
  macs: z.number(),
  /** For one picture, one thread: the least median of several rounds (times.json). */
  ms: z.number(),
  gradientNorm: z.number(),
  snip: z.number(),
  synflow: z.number(),
  /** Processor seconds of the training, validation included. */
  processor: z.number(),
});
export type Row = z.output<typeof rowSchema>;

const pathOf = (data: string) => join(import.meta.dirname, `${data}.jsonl`);

export const readRows = (data: string): Promise<Row[]> =>
  readJsonLines(pathOf(data), rowSchema, 'Take this line out, and train its design again');

export const writeRows = (data: string, rows: readonly Row[]): Promise<void> => writeJsonLines(pathOf(data), rows);

/** Share of all pictures that were not trained on, val and test, that are right: what a design is worth. */
export const accuracyOf = ({ val, test, valImages, testImages }: Row): number =>
  (val.at(-1)! * valImages + test * testImages) / (valImages + testImages);
