import { z } from 'zod';
import { machineSchema } from '../measure/benchmark.ts';
import { distributionSchema } from './distribution.ts';
import { policySchema } from './policy.ts';

const share = z.number().min(0).max(1);
const amount = z.number().min(0);
const count = z.int().min(1);
const times = z.strictObject({ mean: amount, p50: amount, p95: amount });

/** What a policy may cost on average, or the accuracy that it must keep as cheaply as it can. */
export const budgetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ms'), value: z.number().positive() }),
  z.strictObject({ kind: z.literal('macs'), value: z.number().positive() }),
  z.strictObject({ kind: z.literal('accuracy'), value: share }),
  /** The accuracy of the network run to the end. */
  z.strictObject({ kind: z.literal('keep') }),
]);
export type Budget = z.infer<typeof budgetSchema>;

const pointSchema = z.strictObject({
  thresholds: z.array(z.number()),
  /** Share of the images that leaves at each exit. */
  shares: z.array(share),
  accuracy: share,
  /** Mean multiply–accumulates of an image. */
  macs: amount,
  /** Mean milliseconds of an image at batch 1, from what leaving at each exit takes. */
  ms: amount,
});
export type ExitPoint = z.infer<typeof pointSchema>;

/** Milliseconds an image under the policy: in parts, as the one file with its `If`s, and the whole network run to the end. */
export const measuredSchema = z.strictObject({ images: count, parts: times, oneFile: times, whole: times });
export type MeasuredPolicy = z.infer<typeof measuredSchema>;

const splitSchema = z.strictObject({
  images: count,
  /** Accuracy of each exit if every image left there. */
  exits: z.array(share),
  /** Under the policy. */
  policy: pointSchema,
  /** Images that the end has right and the policy wrong, and the other way round. */
  lost: z.int().min(0),
  gained: z.int().min(0),
  /** Some of these images timed one by one. */
  measured: measuredSchema,
});
export type SplitReport = z.infer<typeof splitSchema>;

/** `exits.json`: when images may leave a trained model early, how that was chosen, and what comes of it. */
export const exitsSchema = z
  .strictObject({
    format: z.literal(1),
    kind: z.literal('yosegi-exits'),
    created: z.iso.datetime(),
    yosegi: z.string(),
    model: z.string(),
    /** SHA-256 of the weights that the policy is for. */
    weights: z.string().regex(/^[0-9a-f]{64}$/),
    exits: z.array(z.string()).min(2),
    classes: z.array(z.string()).min(1),
    policy: policySchema,
    budget: budgetSchema,
    /** How the thresholds were found; see calibrate. */
    method: z.enum(['published', 'stopping', 'blend']),
    /** Share of images of `policy.always` classes that calibration lets leave early. */
    miss: share,
    machine: machineSchema,
    threads: count,
    /** For one image that leaves at each exit. */
    macs: z.array(amount),
    ms: z.array(amount),
    /** Milliseconds of the network as one program, run to the end. */
    wholeMs: amount,
    /** Accuracies are cross-fitted; the rest is counted on the calibration images. */
    curve: z.array(pointSchema).min(1),
    chosen: pointSchema,
    val: splitSchema,
    test: splitSchema.nullable(),
    /** What is normal, for monitoring. */
    distribution: distributionSchema,
  })
  .superRefine(({ exits, classes, policy, macs, ms, distribution }, context) => {
    const fail = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (policy.thresholds.length !== exits.length - 1) fail('policy', `must have ${exits.length - 1} thresholds`);
    if (policy.always.some((c) => c >= classes.length)) fail('policy', 'names a class that there is not');
    if (macs.length !== exits.length) fail('macs', `must have ${exits.length} numbers`);
    if (ms.length !== exits.length) fail('ms', `must have ${exits.length} numbers`);
    if (distribution.exits.length !== exits.length) fail('distribution', `must have ${exits.length} exits`);
  });
export type ExitsRecord = z.infer<typeof exitsSchema>;

export const EXITS_FILE = 'exits.json';
