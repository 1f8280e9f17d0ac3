import { z } from 'zod';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

/** What a computation ran on; on another machine or with another runtime the same weights may give other numbers. */
export const environmentSchema = z.strictObject({
  yosegi: z.string(),
  /** e.g. `onnxruntime-node 1.30.0` */
  runtime: z.string(),
  /** Threads inside one operator. */
  threads: z.int().min(1),
  cpu: z.string(),
  /** Cores that the process may use. */
  cores: z.int().min(1),
  /** Processes that trained together, each with these threads; absent where one did. */
  processes: z.int().min(2).optional(),
});
export type Environment = z.infer<typeof environmentSchema>;

/** Which pictures a number is about. */
const setSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    /** A split that the run kept back from the beginning. */
    kind: z.literal('own'),
    split: z.enum(['train', 'val', 'test']),
    images: count,
    /** Pictures of the split that are gone or changed since, and were left out. */
    left: count,
    /** SHA-256 of the run's split list; null for a run that is older than these lists. */
    list: hash.nullable(),
    /** SHA-256 over names and contents of the pictures judged. */
    hash,
  }),
  z.strictObject({
    /** Another folder than the one trained on. */
    kind: z.literal('folder'),
    folder: z.string(),
    /** All of it, or a split that it came with. */
    part: z.enum(['all', 'val', 'test']),
    images: count,
    /** How many of them the run was trained on, all the same; null where it does not know what it was trained on. */
    trainedOn: count.nullable(),
    /** Classes without a picture in it. */
    missing: z.array(z.string()),
    hash,
  }),
]);
export type JudgedSet = z.infer<typeof setSchema>;

/** What a number belongs to: `belongsTo` of eval.json, bench.json and exits.json. */
export const belongsToSchema = z.strictObject({
  created: z.string(),
  /** SHA-256 of best/model.safetensors (or of an imported model's weights). */
  weights: hash,
  /** Null for numbers that are not about pictures. */
  set: setSchema.nullable(),
  ...environmentSchema.shape,
});
export type BelongsTo = z.infer<typeof belongsToSchema>;

/** What a run has now. */
export interface RunState {
  /** SHA-256 of its best weights; undefined where they are gone: nothing can be said then. */
  readonly weights: string | undefined;
  /** SHA-256 of its split list. */
  readonly list: string | undefined;
}

/** Why numbers are not about the run as it is now, as parts of a sentence; none where they are. */
export function staleReasons(belongs: BelongsTo | undefined, now: RunState): string[] {
  // A run of an older version has records of an older version.
  if (!belongs) return now.list === undefined ? [] : ['it does not say which weights it is about'];
  const reasons: string[] = [];
  if (now.weights !== undefined && belongs.weights !== now.weights)
    reasons.push('it is about other weights than the run has now');
  if (belongs.set?.kind === 'own' && now.list !== undefined && belongs.set.list !== now.list)
    reasons.push('it is about another split of the images');
  return reasons;
}

/** A set in a few words: `the test split`, `the folder new-day`. */
export function setText(set: JudgedSet): string {
  if (set.kind === 'own') return `the ${set.split} split`;
  const part = set.part === 'all' ? 'all of it' : `its ${set.part} split`;
  return `the folder ${set.folder} (${part}; another set than the run’s own)`;
}
