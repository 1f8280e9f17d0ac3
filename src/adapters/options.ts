import { z } from 'zod';
import { check } from '../base/errors.ts';
import { roles } from './layers.ts';

export const methodNames = ['lora', 'ssf', 'bitfit', 'norm', 'bottleneck', 'head', 'full'] as const;
export const loraForms = ['p1', 'p2', 'p3', 'p4'] as const;

/**
 * Which small part of a network is trained while its backbone is frozen. Everything a run must know to build the same network
 * again; it stands in run.json.
 */
export const adapterOptionsSchema = z.strictObject({
  method: z.enum(methodNames).default('lora'),
  targets: z
    .array(z.enum(roles))
    .min(1)
    .default([...roles])
    .describe('which layers, by what they do: attention, mlp, convolution'),
  layers: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'only layers of these names, * for any text; with :q, :k or :v behind it only their rows that attention takes for queries, keys or values, each with a pair of its own, e.g. "*:q" "*:v"',
    ),
  above: z
    .string()
    .optional()
    .describe('only layers behind this stage (see yosegi info MODEL): nothing is computed backwards below it')
    .meta({ argument: 'stage' }),
  rank: z
    .union([z.int().min(1).max(1024), z.literal('auto')])
    .optional()
    .describe(
      'rank of the pairs, less where a layer is smaller (default: the greatest within --adapt-share); auto: another for each layer, found from gradients of some pictures',
    )
    .meta({ argument: 'n|auto' }),
  share: z
    .number()
    .gt(0)
    .max(1)
    .default(0.025)
    .describe('without a rank: how many numbers may be learned, as a share of the backbone’s'),
  /** Other ranks for some layers, by name; what a budget found. */
  ranks: z.record(z.string(), z.int().min(0).max(1024)).optional(),
  alpha: z
    .number()
    .gt(0)
    .optional()
    .describe('the pairs count alpha / rank (default: the rank, so that they count whole)'),
  form: z
    .enum(loraForms)
    .default('p1')
    .describe('pairs of kernels: p1 the kernel down, p2 the kernel up, p3 as loralib, p4 rows; groups always p3 or p4'),
  stem: z.boolean().default(false).describe('also the layer that reads the picture'),
});
export type AdapterOptions = z.infer<typeof adapterOptionsSchema>;

/** Complete, checked options; throws naming every field that is wrong. */
export function adapterOptions(parts: z.input<typeof adapterOptionsSchema> = {}): AdapterOptions {
  const parsed = adapterOptionsSchema.safeParse(parts);
  check(parsed.success, () => `the options of the adapters are not valid: ${z.prettifyError(parsed.error!)}`);
  return parsed.data;
}
