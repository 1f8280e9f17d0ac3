import { z } from 'zod';
import { captionsSchema } from './caption-files.ts';

/**
 * `manifest.json`: what a bundle is and which files it holds. Format 2; bundles of format 1 open as classifiers. One of joined runs has
 * `members`, and the task `join`.
 */

const count = z.int().min(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');
const word = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** Names that Windows keeps for devices. */
const device = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Whether a path may stand in a manifest: at most two plain words, the same file on every system, never outside the folder. */
function isBundlePath(path: string): boolean {
  const words = path.split('/');
  return (
    path.length <= 100 && words.length <= 2 && words.every((w) => word.test(w) && !w.endsWith('.') && !device.test(w))
  );
}

const fileSchema = z.strictObject({
  path: z.string().refine(isBundlePath, 'is not a plain path inside the bundle'),
  bytes: z.int().min(0),
  sha256,
});

/** Files that every bundle has. */
const requiredFiles = [
  'model.onnx',
  'weights.safetensors',
  'labels.json',
  'preprocessing.json',
  'golden/inputs.safetensors',
  'golden/outputs.safetensors',
  'README.md',
] as const;

export const MANIFEST = 'manifest.json';

const currentSchema = z
  .strictObject({
    format: z.literal(2),
    kind: z.literal('yosegi-bundle'),
    /** Name of the task: it knows what the outputs mean. */
    task: z.string(),
    name: z.string().min(1),
    created: z.iso.datetime(),
    /** The version that wrote it. */
    yosegi: z.string(),
    model: z.strictObject({
      name: z.string(),
      overrides: z.record(z.string(), z.unknown()),
      /** Height and width. */
      size: z.tuple([count, count]),
      channels: count,
      classes: z.int().min(0),
      parameters: z.int().min(0),
      /** For one image. */
      macs: z.number().min(0),
    }),
    /** What model.onnx is fed: pixels as bytes (uint8, NHWC), or normalised (float32, NCHW) as preprocessing.json says. */
    input: z.strictObject({
      name: z.string().min(1),
      dtype: z.enum(['float32', 'uint8']),
      layout: z.enum(['NCHW', 'NHWC']),
      /** Where the model takes one picture at a time and no batches. */
      batch: z.literal(1).optional(),
      /** Whether mean and standard deviation are applied inside the model. */
      normalisedInside: z.boolean(),
    }),
    /** What the model is fed beside the picture, [N, …] each: of one that makes pictures, see making.json. */
    beside: z
      .array(
        z.strictObject({
          name: z.string().min(1),
          dtype: z.enum(['float32', 'int64']),
          /** Dimensions after N; none where it is left out. */
          shape: z.array(count).optional(),
          about: z.string(),
        }),
      )
      .min(1)
      .optional(),
    /** Where the model works on latents: the file that makes pictures of them, and the pictures' height and width. */
    decoder: z.strictObject({ file: z.literal('decoder.onnx'), size: z.tuple([count, count]) }).optional(),
    /** Where the model is told captions: what reads them. */
    captions: captionsSchema.optional(),
    /** What the model gives, in order, and what each means. */
    outputs: z.array(z.strictObject({ name: z.string().min(1), about: z.string() })).min(1),
    /** Of runs that were joined: whose outputs are whose. The graph's outputs are `<member>/<output>`. */
    members: z
      .array(
        z.strictObject({
          name: z.string().regex(word),
          /** Name of its task. */
          task: z.string(),
          /** The class of each score, in order. */
          labels: z.array(z.string()),
          /** As the member's own export calls them, in order. */
          outputs: z.array(z.string().min(1)).min(1),
        }),
      )
      .min(1)
      .optional(),
    golden: z.strictObject({
      images: count,
      source: z.enum(['pictures', 'patterns', 'noise']),
      /** Largest difference of any output value that another machine or runtime may show. */
      tolerance: z.number().positive(),
      runtime: z.string(),
    }),
    files: z.array(fileSchema).max(1000),
    /** SHA-256 of this file with 64 zeros in this place: finds damage; it is no signature, anybody can compute it. */
    checksum: sha256,
  })
  .superRefine(({ files, members, outputs }, context) => {
    const promised = members?.flatMap((m) => m.outputs.map((output) => `${m.name}/${output}`));
    if (promised && promised.join('\n') !== outputs.map(({ name }) => name).join('\n'))
      context.addIssue({ code: 'custom', path: ['members'], message: `promise ${promised}, no other outputs` });
    const seen = new Set<string>();
    for (const { path } of files) {
      // Windows and macOS take names that differ in case for the same file.
      if (seen.has(path.toLowerCase()))
        context.addIssue({ code: 'custom', path: ['files'], message: `lists ${path} twice` });
      if (path.toLowerCase() === MANIFEST)
        context.addIssue({ code: 'custom', path: ['files'], message: 'lists itself' });
      seen.add(path.toLowerCase());
    }
    for (const path of requiredFiles) {
      if (!files.some((f) => f.path === path)) {
        context.addIssue({ code: 'custom', path: ['files'], message: `lacks ${path}` });
      }
    }
  });

/** Format 1 knew one task and one output. */
const firstSchema = z.looseObject({
  format: z.literal(1),
  output: z.strictObject({ name: z.string().min(1), kind: z.enum(['logits', 'probabilities']) }),
});

function upgraded(value: unknown): unknown {
  const old = firstSchema.safeParse(value);
  if (!old.success) return value;
  const { output, ...rest } = old.data;
  return { ...rest, format: 2, task: 'classify', outputs: [{ name: output.name, about: '[N, classes]' }] };
}

export const manifestSchema = z.preprocess(upgraded, currentSchema);
export type Manifest = z.infer<typeof manifestSchema>;

const unsealed = '0'.repeat(64);

/** The text of manifest.json with its checksum in place. */
export function sealManifest(manifest: Omit<Manifest, 'checksum'>, hash: (text: string) => string): string {
  const text = `${JSON.stringify({ ...manifest, checksum: unsealed }, null, 2)}\n`;
  return putChecksum(text, unsealed, hash(text));
}

/** The text that the checksum in `text` was computed from. */
export function unsealManifest(text: string, checksum: string): string {
  return putChecksum(text, checksum, unsealed);
}

/** The checksum stands last, so an equal string before it is something else. */
function putChecksum(text: string, before: string, after: string): string {
  const at = text.lastIndexOf(before);
  return at < 0 ? text : text.slice(0, at) + after + text.slice(at + before.length);
}
