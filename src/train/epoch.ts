import { z } from 'zod';

const count = z.int().min(0);
const figures = z.record(z.string(), z.number());

/** One line of `log.jsonl`: an epoch. */
export const epochSchema = z.preprocess(
  upgradedEpoch,
  z.object({
    /** From 0. */
    epoch: count,
    /** Steps in all, at its end. */
    step: count,
    trainLoss: z.number(),
    /** The task's figures over the epoch's batches, as they were trained on. */
    train: figures,
    /** Those of the validation split, `loss` among them; null where it was not judged. */
    val: figures.nullable(),
    learningRate: z.number().min(0),
    imagesPerSecond: z.number().min(0),
    seconds: z.number().min(0),
    best: z.boolean(),
  }),
);
export type Epoch = z.infer<typeof epochSchema>;

/** Until version 0.1 an epoch knew accuracies only. */
const firstEpochSchema = z.object({
  trainAccuracy: z.number().nullable(),
  valLoss: z.number().nullable(),
  valAccuracy: z.number().nullable(),
  exits: z.array(z.number()).optional(),
});

function upgradedEpoch(value: unknown): unknown {
  const old = firstEpochSchema.safeParse(value);
  if (!old.success || typeof value !== 'object') return value;
  const { trainAccuracy, valLoss, valAccuracy, exits = [] } = old.data;
  const accuracies = Object.fromEntries(exits.map((accuracy, i) => [`accuracy@exit ${i + 1}`, accuracy]));
  return {
    ...value,
    train: trainAccuracy === null ? {} : { accuracy: trainAccuracy },
    val:
      valAccuracy === null
        ? null
        : { accuracy: valAccuracy, ...(valLoss !== null && { loss: valLoss }), ...accuracies },
  };
}
