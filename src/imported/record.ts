import { z } from 'zod';
import { preprocessingSchema } from '../data/preprocess.ts';

/** `model.json` of a model folder: an ONNX model that was taken in, and how it is opened again. Version 1. */

export const RECORD = 'model.json';
export const GRAPH = 'model.onnx';
export const WEIGHTS = 'model.safetensors';

const count = z
  .int()
  .min(1)
  .max(2 ** 31);
const side = z.int().min(1).max(8192);
const text = z.string().max(10_000);
const shape = z.array(z.int().min(0)).max(64);
const fileSchema = z.strictObject({
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits'),
});

const initSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), value: z.number() }),
  z.strictObject({ kind: z.literal('normal'), std: z.number().min(0) }),
  z.strictObject({ kind: z.literal('truncated-normal'), std: z.number().min(0) }),
  z.strictObject({ kind: z.literal('uniform'), bound: z.number().min(0) }),
]);

const parameterSchema = z.strictObject({
  name: text.min(1),
  /** The file's name for it, where that is another. */
  source: text.optional(),
  shape,
  role: z.enum(['trainable', 'frozen', 'statistic']),
  /** How its first values are drawn by who trains from scratch. */
  init: initSchema,
});

export const recordSchema = z
  .strictObject({
    format: z.literal(1),
    kind: z.literal('yosegi-model'),
    name: text.min(1),
    created: z.iso.datetime(),
    /** The version that wrote it. */
    yosegi: text,
    /** The .onnx file that it was made from. */
    source: z.strictObject({
      file: text,
      sha256: fileSchema.shape.sha256,
      producer: text,
      opset: z.int(),
      /** The file's own names. */
      image: text,
      /** The output with the logits; null where the model was cut off before it. */
      logits: text.nullable(),
    }),
    /** Height and width. */
    size: z.tuple([side, side]),
    /** The graph was made for every size, not for this one only. */
    anySize: z.boolean(),
    channels: z.union([z.literal(1), z.literal(3)]),
    /** Where the file takes one picture at a time, and nothing else: it cannot be trained then. */
    batch: z.literal(1).optional(),
    /** Null where the model was cut off before its classifier. */
    classes: count.nullable(),
    labels: z.array(text).nullable(),
    /** Of a detector or segmenter: what its outputs mean, and what the graph makes of them (`answer.<name>`). */
    answers: z
      .strictObject({
        /** See `contracts`. */
        contract: text,
        task: z.enum(['detect', 'segment']),
        /** Names of the outputs as the task knows them. */
        outputs: z.array(text.min(1)).min(1).max(8),
        classes: count,
      })
      .optional(),
    preprocessing: preprocessingSchema,
    /** What a new classifier is put on. */
    head: z.strictObject({
      /** The file's name of the value, where it has one. */
      value: text.nullable(),
      features: count,
      /** The layer that reads it in the file. */
      before: text,
    }),
    /** The file's names of the values where its stages end; without any they are found by their sizes. */
    stages: z.array(text.min(1)).max(64),
    /** In the order in which data reaches them. */
    parameters: z.array(parameterSchema).max(1_000_000),
    /** Tensors of the file that stay constants of the graph. */
    constants: z.array(z.strictObject({ name: text, dtype: text, shape, op: text })).max(1_000_000),
    notes: z.array(text),
    files: z.strictObject({ [GRAPH]: fileSchema, [WEIGHTS]: fileSchema }),
  })
  .superRefine(({ parameters, labels, classes: own, answers, size, preprocessing }, context) => {
    const classes = answers ? answers.classes : own;
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const names = new Set(parameters.map((p) => p.name));
    if (names.size < parameters.length) issue('parameters', 'two of them have the same name');
    if (labels && labels.length !== classes) issue('labels', `${labels.length} labels for ${classes ?? 'no'} classes`);
    if (preprocessing.size.join() !== size.join()) issue('preprocessing', 'its size is not that of the model');
  });

export type ModelRecord = z.infer<typeof recordSchema>;
export type ParameterRecord = ModelRecord['parameters'][number];
