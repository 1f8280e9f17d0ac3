import { z } from 'zod';
import { runSchema } from '../run/records.ts';

/** What makes a folder a diff; the file says everything but the numbers. */
export const DIFF_FILE = 'diff.json';
/** What was learned: adapters, head, and those of the backbone's own parameters that were trained. */
export const LEARNED_FILE = 'learned.safetensors';
/** What the adapted network answers on drawn patterns. */
export const GOLDEN_FILE = 'golden.safetensors';
/** Names of the classes, a line each, for people. */
export const LABELS_FILE = 'labels.txt';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** `diff.json`: one task as a small difference to a backbone that others share. */
export const diffSchema = z.object({
  format: z.literal(1),
  kind: z.literal('yosegi-diff'),
  /** Counts up when more is learned from more pictures or classes; the first is 1. */
  version: z.int().min(1),
  /** SHA-256 of what the version before had learned; null for the first. */
  parent: hash.nullable(),
  backbone: z.object({
    /** What it was called when the diff was learned, e.g. `box:mobilenetv2-imagenet`. */
    weights: z.string(),
    /** SHA-256 over names and numbers of its parameters, as the network reads them. */
    sha256: hash,
    bytes: z.int().min(0),
  }),
  /** SHA-256 of `learned.safetensors`. */
  learned: hash,
  bytes: z.int().min(0),
  /** The run that learned it: model, task, classes, preprocessing, options. */
  run: runSchema,
  /** What it was judged by, and on how many pictures of which split; null where none were kept back. */
  judged: z
    .object({ split: z.enum(['train', 'val', 'test']), images: z.int(), figures: z.record(z.string(), z.number()) })
    .nullable(),
  /** How many drawn patterns the golden outputs are of, and how far those of another machine may lie. */
  golden: z.object({ images: z.int().min(1), tolerance: z.number() }),
});
export type DiffRecord = z.infer<typeof diffSchema>;
