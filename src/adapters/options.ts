import { z } from 'zod';
import { check } from '../base/errors.ts';
import { roles } from './layers.ts';

export const methodNames = ['lora', 'ssf', 'bitfit', 'norm', 'bottleneck'] as const;
export const loraForms = ['p1', 'p2', 'p3', 'p4'] as const;

/**
 * Which small part of a network is trained while its backbone is frozen. Everything a run must know to build the same network
 * again; it stands in run.json.
 */
export const adapterOptionsSchema = z.strictObject({
  method: z.enum(methodNames).default('lora'),
  /** Layers by what they do. */
  targets: z
    .array(z.enum(roles))
    .min(1)
    .default([...roles]),
  /** Names of layers, * for any text; default: all. */
  layers: z.array(z.string().min(1)).optional(),
  /** Only layers behind this stage: nothing is computed backwards below it. */
  above: z.string().optional(),
  rank: z.int().min(1).max(1024).default(4),
  /** Other ranks for some layers, by name; what a budget found. */
  ranks: z.record(z.string(), z.int().min(0).max(1024)).optional(),
  /** The low-rank product counts alpha / rank; default: the rank, so that it counts whole. */
  alpha: z.number().gt(0).optional(),
  /** How a convolution with a kernel is factorised (PETAH's candidates P1 … P4). */
  form: z.enum(loraForms).default('p1'),
  /** Also the layer that reads the picture. */
  stem: z.boolean().default(false),
});
export type AdapterOptions = z.infer<typeof adapterOptionsSchema>;

/** Complete, checked options; throws naming every field that is wrong. */
export function adapterOptions(parts: z.input<typeof adapterOptionsSchema> = {}): AdapterOptions {
  const parsed = adapterOptionsSchema.safeParse(parts);
  check(parsed.success, () => `the options of the adapters are not valid: ${z.prettifyError(parsed.error!)}`);
  return parsed.data;
}
