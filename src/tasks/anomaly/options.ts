import { z } from 'zod';

/** How a folder is read. */
export const anomalyReading = z.strictObject({
  good: z
    .string()
    .min(1)
    .optional()
    .describe('which class is good: all others are anomalous and never trained on (default: the folder good of train)')
    .meta({ argument: 'class' }),
});

/** Options that only the anomaly task has. */
export const anomalyOptions = z.strictObject({
  anomalyMethod: z
    .enum(['memory', 'gaussian'])
    .default('memory')
    .describe(
      'memory: how far the nearest remembered patch of a good picture is (PatchCore); gaussian: how unlikely the features are at their place ' +
        '(PaDiM), for parts that always lie alike',
    ),
  remember: z
    .number()
    .gt(0)
    .max(1)
    .default(0.1)
    .describe('memory: share of the good pictures’ patches that is remembered'),
  neighbours: z.int().min(1).default(9).describe('memory: remembered patches that weigh a picture’s score'),
  featureChannels: z.int().min(1).default(64).describe('gaussian: how many channels of the features it looks at'),
  falseAlarms: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.01)
    .describe('share of good pictures that may be called anomalous; sets the threshold')
    .meta({ argument: 'share' }),
  ...anomalyReading.shape,
});

/** The same with what is known only later: run.json keeps them. */
export const settledOptions = anomalyOptions.extend({
  /** Rows of the memory: settled when the good pictures are counted (see `settled`). */
  rows: z.int().min(1).optional(),
  /** What earlier versions called `remember`; `rows` is what came of it. */
  memory: z.number().optional(),
  /** Names what is drawn: channels, projection, first row. */
  drawnBy: z.int().optional(),
  /** What may be promised of the threshold, once it is fitted: see `thresholdOf`. */
  promised: z.strictObject({ falseAlarms: z.number(), pictures: z.int().min(1) }).optional(),
});

export type AnomalyOptions = z.infer<typeof settledOptions>;
