import { z } from 'zod';
import { candidateSchema, ways } from './candidate.ts';

const amount = z.number().min(0);

/** `poc.json`: what a proof of concept was asked for, and what is tried. */
export const pocSchema = z.strictObject({
  format: z.literal(1),
  kind: z.literal('yosegi-poc'),
  yosegi: z.string(),
  created: z.string(),
  /** Where the images are. */
  data: z.string(),
  task: z.string(),
  /** The task's leading figure. */
  figure: z.strictObject({ name: z.string(), label: z.string(), share: z.boolean() }),
  classes: z.array(z.string()),
  /** Pictures that are learned from, and that are validated on. */
  trained: z.int().min(1),
  validated: z.int().min(1),
  /** Working time of all trainings together. */
  seconds: amount,
  /** Most milliseconds for one picture; null where there is no limit. */
  ms: amount.nullable(),
  /** Ways that are tried. */
  ways: z.array(z.enum(ways)).min(1),
  candidates: z.array(candidateSchema),
  seed: z.int().min(0),
  /** Threads that milliseconds are measured with. */
  threads: z.int().min(1),
  /** The machine that the times are of. */
  machine: z.string(),
});
export type PocRecord = z.output<typeof pocSchema>;
