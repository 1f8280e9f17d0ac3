import { z } from 'zod';
import { machineSchema } from '../measure/benchmark.ts';
import { belongsToSchema } from '../run/provenance.ts';
import { distributionSchema } from './policy/distribution.ts';
import { policySchema } from './policy/policy.ts';

const share = z.number().min(0).max(1);
const amount = z.number().min(0);
const count = z.int().min(1);
const times = z.strictObject({ mean: amount, p50: amount, p95: amount });

/** What a policy may cost on average, or the accuracy that it must keep as cheaply as it can. */
const budgetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ms'), value: z.number().positive() }),
  z.strictObject({ kind: z.literal('macs'), value: z.number().positive() }),
  z.strictObject({ kind: z.literal('accuracy'), value: share }),
  /** The accuracy of the network run to the end. */
  z.strictObject({ kind: z.literal('keep') }),
]);
export type Budget = z.infer<typeof budgetSchema>;

const resultSchema = z.strictObject({
  /** Share of the images that leaves at each exit. */
  shares: z.array(share),
  accuracy: share,
  /** Mean multiply–accumulates of an image. */
  macs: amount,
  /** Mean milliseconds of an image at batch 1, from what leaving at each exit takes among images that leave elsewhere. */
  ms: amount,
});
export type ExitResult = z.infer<typeof resultSchema>;

const pointSchema = resultSchema.extend({ thresholds: z.array(z.number()) });
export type ExitPoint = z.infer<typeof pointSchema>;

/** A point of the curve, and what comes of the same thresholds on the test split. */
const curvePointSchema = pointSchema.extend({ test: resultSchema.nullable() });

/** Milliseconds an image under the policy: in parts, as the one file with its `If`s, and the whole network run to the end. */
const measuredSchema = z.strictObject({ images: count, parts: times, oneFile: times, whole: times });
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

/** An image, and what happened to it. */
const exampleSchema = z.strictObject({
  /** As the data set names it. */
  file: z.string(),
  /** Names of classes: the true one, the one that it was given where it left, and the one that the last exit would give it. */
  truth: z.string(),
  predicted: z.string(),
  end: z.string(),
  /** How sure each exit was that it came to; the one it left at last. */
  passed: z.array(share).min(1),
});
export type ExitExample = z.infer<typeof exampleSchema>;

/** The images that leave at one exit: counts of all, and some of them. */
const leaversSchema = z.strictObject({
  left: z.int().min(0),
  /** Answered wrong there. */
  wrong: z.int().min(0),
  /** Of these, those that the end has right; and images that are right here and that the end has wrong. */
  lost: z.int().min(0),
  gained: z.int().min(0),
  /** Wrong ones first, beginning with the lost; then the surest right ones. */
  examples: z.array(exampleSchema),
});
export type Leavers = z.infer<typeof leaversSchema>;

/** A network without a policy, judged on the same images and timed in turns with the exits. */
const staticSchema = z.strictObject({
  name: z.string(),
  /** Its run folder, as it was given. */
  folder: z.string(),
  model: z.string(),
  accuracy: share,
  /** Mean milliseconds of an image, one by one in turns with the policy. */
  ms: amount,
  macs: amount,
  parameters: z.int().min(0),
});
export type StaticNetwork = z.infer<typeof staticSchema>;

/** `exits.json`: when images may leave a trained model early, how that was chosen, and what comes of it. */
export const exitsSchema = z
  .strictObject({
    format: z.literal(1),
    kind: z.literal('yosegi-exits'),
    created: z.iso.datetime(),
    yosegi: z.string(),
    model: z.string(),
    /** Which weights, pictures and machine it is about; absent in a record of an older version. */
    belongsTo: belongsToSchema.optional(),
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
    /** Mean milliseconds of an image through the network as one program, in turns with the policy. */
    wholeMs: amount,
    /** Accuracies are cross-fitted; the rest is counted on the calibration images. */
    curve: z.array(curvePointSchema).min(1),
    chosen: pointSchema,
    val: splitSchema,
    test: splitSchema.nullable(),
    /** Of the judged split (test, or val where there is no test): for each exit who left there under the policy. */
    leavers: z.array(leaversSchema),
    /** Of the same split, for each true class: how many images left at each exit. */
    byClass: z.array(z.array(z.int().min(0))),
    /** Other networks to compare with, on the same split. */
    statics: z.array(staticSchema),
    /** What is normal, for monitoring. */
    distribution: distributionSchema,
  })
  .superRefine((record, context) => {
    const { exits, classes, policy, macs, ms, distribution, leavers, byClass } = record;
    const fail = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (policy.thresholds.length !== exits.length - 1) fail('policy', `must have ${exits.length - 1} thresholds`);
    if (policy.always.some((c) => c >= classes.length)) fail('policy', 'names a class that there is not');
    if (macs.length !== exits.length) fail('macs', `must have ${exits.length} numbers`);
    if (ms.length !== exits.length) fail('ms', `must have ${exits.length} numbers`);
    if (distribution.exits.length !== exits.length) fail('distribution', `must have ${exits.length} exits`);
    if (leavers.length !== exits.length) fail('leavers', `must have ${exits.length} exits`);
    if (leavers.some((l, k) => l.examples.some((e) => e.passed.length !== k + 1))) {
      fail('leavers', 'must give each example the confidences of the exits that it passed');
    }
    const named = new Set(classes);
    const known = (e: ExitExample) => [e.truth, e.predicted, e.end].every((name) => named.has(name));
    if (!leavers.every((l) => l.examples.every(known))) fail('leavers', 'names a class that there is not');
    if (byClass.length !== classes.length || byClass.some((row) => row.length !== exits.length)) {
      fail('byClass', `must have ${classes.length} rows of ${exits.length} counts`);
    }
    const points = [record.chosen, ...record.curve, ...record.curve.flatMap((p) => p.test ?? [])];
    const reports = [record.val, ...(record.test ? [record.test] : [])];
    if (points.some((p) => p.shares.length !== exits.length)) fail('curve', `must have ${exits.length} shares`);
    if (reports.some((r) => r.exits.length !== exits.length || r.policy.shares.length !== exits.length)) {
      fail('val', `and test must have ${exits.length} exits`);
    }
    if (record.test && record.curve.some((p) => !p.test)) fail('curve', 'must be judged on the test split too');
  });
export type ExitsRecord = z.infer<typeof exitsSchema>;

/** What comes of the policy on new images: the test split, or val where there is no test. */
export function judged({ test, val }: ExitsRecord): { readonly split: 'test' | 'val'; readonly report: SplitReport } {
  return test ? { split: 'test', report: test } : { split: 'val', report: val };
}

export const EXITS_FILE = 'exits.json';
