import { z } from 'zod';
import { preprocessingSchema } from '../data/preprocess.ts';
import { captionsSchema } from './captions.ts';
import { latentsSchema } from './latents.ts';
import { environmentSchema } from './provenance.ts';
import { replacedSchema } from './split-list.ts';
import { learnedVersionSchema } from './warm.ts';

/** What a run folder says about itself. All files are plain JSON that these schemas check when they are read. */

const count = z.int().min(0);

/** `run.json`: how the run was made. */
export const runSchema = z.preprocess(
  upgradedRun,
  z.object({
    format: z.literal(2),
    /** Name of the task. */
    task: z.string(),
    name: z.string(),
    created: z.string(),
    yosegi: z.string(),
    data: z.string(),
    model: z.string(),
    /** Folder below the run folder with the imported model; absent for a model of the registry. */
    source: z.literal('source').optional(),
    overrides: z.record(z.string(), z.unknown()),
    /** The weights it started from; absent where it was trained from scratch. */
    pretrained: z
      .object({
        /** As given: a file, a folder, or an id of the Hugging Face hub. */
        weights: z.string(),
        loaded: count,
        resized: z.array(z.string()),
        surplus: z.array(z.string()),
        /** Stored parts of the model that are no part of the task's network. */
        unused: z.array(z.string()).optional(),
        /** Parameters of the head that started anew; absent in a run of an older version, which only knows whether there were any. */
        fresh: z.array(z.string()).optional(),
        /** Tables of which some rows were known; absent where none changed. */
        carried: z.array(z.object({ name: z.string(), known: count, rows: count })).optional(),
        headReplaced: z.boolean(),
      })
      .optional(),
    /** The version of a diff that it goes on from; absent where there is none. */
    earlier: learnedVersionSchema.optional(),
    /** The network that it learns from, as it was called, and the SHA-256 of its file in the run folder. */
    teacher: z.object({ from: z.string(), sha256: z.string() }).optional(),
    /** The autoencoder whose latents the network works on; absent where it works on pixels. `channels` are those of the latents then. */
    latents: latentsSchema.optional(),
    /** Who reads the captions that the network is told; absent where it is told none. */
    captions: captionsSchema.optional(),
    classes: z.array(z.string()),
    channels: z.int().min(1),
    preprocessing: preprocessingSchema,
    /** Training options as given and defaulted; see train/options. */
    options: z.record(z.string(), z.unknown()),
    parameters: count,
    macs: z.number().min(0),
    images: z.object({ train: count, val: count, test: count }),
    /** SHA-256 of the split list; absent in a run of an older version, which has none. */
    split: z.string().optional(),
    /** Pictures whose content was changed while the training was stopped, by path, as it was told to go on all the same. */
    replaced: z.record(z.string(), replacedSchema).optional(),
    /** What it was trained on; since the last resume where that was allowed to change. */
    environment: environmentSchema.optional(),
    /** What was not the same when it went on after a stop, in words. */
    changes: z.array(z.string()).optional(),
    /** Files that could not be used, with the reason. */
    problems: z.array(z.object({ file: z.string(), reason: z.string() })),
  }),
);
export type Run = z.infer<typeof runSchema>;

/** Format 1 knew one task, whose options stood among those of training. */
const firstRunSchema = z.looseObject({
  format: z.literal(1),
  options: z.looseObject({ train: z.record(z.string(), z.unknown()).optional() }),
});
const movedOptions = ['classWeights', 'exitWeights', 'distillation', 'temperature'];

function upgradedRun(value: unknown): unknown {
  const old = firstRunSchema.safeParse(value);
  if (!old.success) return value;
  const { train, ...options } = old.data.options;
  const entries = Object.entries(train ?? {});
  const part = (moved: boolean) => Object.fromEntries(entries.filter(([n]) => movedOptions.includes(n) === moved));
  return {
    ...old.data,
    format: 2,
    task: 'classify',
    options: train ? { ...options, train: part(false), task: part(true) } : options,
  };
}
