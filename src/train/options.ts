import { z } from 'zod';
import { check } from '../base/errors.ts';
import { bytesPattern } from '../base/text/bytes.ts';

/** Everything that decides how a model is trained, with its defaults. Checked before any work starts. */
export const trainOptionsSchema = z.strictObject({
  epochs: z.int().min(1).max(100_000).default(30).describe('passes over the training images'),
  batch: z.int().min(1).max(4096).default(32).describe('images in one step'),
  optimizer: z.enum(['adamw', 'sgd']).default('adamw').describe('optimiser'),
  lr: z
    .number()
    .gt(0)
    .max(100)
    .optional()
    .describe('peak learning rate (default: 2e-3 × batch / 32 for adamw, 0.05 × batch / 32 for sgd)')
    .meta({ argument: 'rate' }),
  minLr: z.number().min(0).default(1e-5).describe('final learning rate').meta({ argument: 'rate' }),
  warmup: z.number().min(0).default(2).describe('epochs of linear warm-up').meta({ argument: 'epochs' }),
  weightDecay: z.number().min(0).max(10).default(0.05).describe('decay of weights; never of norms and biases'),
  momentum: z.number().min(0).lt(1).default(0.9).describe('momentum of sgd'),
  clip: z.number().min(0).default(1).describe('largest gradient norm; 0 = no clipping').meta({ argument: 'norm' }),
  dropPath: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('stochastic depth of the last block')
    .meta({ argument: 'rate' }),
  dropRate: z.number().min(0).lt(1).default(0).describe('dropout before the classifier').meta({ argument: 'rate' }),
  ema: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('decay of the moving average of the weights; 0 = none')
    .meta({ argument: 'decay' }),
  freeze: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'what stays as it is: "backbone" (all but the head), a stage with everything before it, or names with * for any text',
    ),
  probe: z
    .boolean()
    .default(false)
    .describe('linear probe: run the backbone once over all images, keep its features, train only the head on them'),
  layerDecay: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe('share of the learning rate that each block gets of the one behind it; 1 = all the same')
    .meta({ argument: 'share' }),
  sparsity: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe(
      'share of the weights that end as zero, the smallest, more and more over the first half of the training: files zip smaller, nothing is faster',
    )
    .meta({ argument: 'share' }),
  sparsePattern: z
    .string()
    .regex(/^\d+:\d+$/)
    .optional()
    .describe('instead: of so many weights in a row so many stay, e.g. 2:4')
    .meta({ argument: 'n:m' }),
  sparseEvenly: z
    .boolean()
    .default(false)
    .describe('the same share of each layer’s weights goes, instead of the smallest ones anywhere'),
  earlyStop: z
    .int()
    .min(0)
    .default(0)
    .describe('stop after so many epochs without a better validation; 0 = never')
    .meta({ argument: 'epochs' }),
  evalEvery: z.int().min(1).default(1).describe('epochs between validations').meta({ argument: 'epochs' }),
  seed: z.int().min(0).default(0).describe('seed of everything that is random'),
  threads: z.int().min(1).optional().describe('threads inside one operator (default: all cores)'),
  checkpointSeconds: z.number().min(0).default(30).describe('seconds between checkpoints').meta({ argument: 's' }),
  memory: z
    .string()
    .regex(bytesPattern)
    .optional()
    .describe(
      'memory that training may take, e.g. 4GB: as many activations are computed twice instead of kept as it takes',
    )
    .meta({ argument: 'bytes', expected: 'an amount of memory such as 4GB or 800MiB' }),
  recompute: z
    .boolean()
    .default(false)
    .describe('compute activations twice wherever that saves memory at all (--memory does it as far as it must)'),
});

export type TrainOptions = z.infer<typeof trainOptionsSchema>;

/** Complete, checked options from a part of them; throws naming every field that is wrong. */
export function trainOptions(parts: z.input<typeof trainOptionsSchema> = {}): TrainOptions {
  const parsed = trainOptionsSchema.safeParse(parts);
  check(parsed.success, () => `the training options are not valid: ${z.prettifyError(parsed.error!)}`);
  return parsed.data;
}

/** The peak learning rate. */
export function peakRate(o: TrainOptions): number {
  return o.lr ?? ((o.optimizer === 'adamw' ? 2e-3 : 0.05) * o.batch) / 32;
}
