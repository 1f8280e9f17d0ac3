import { learningRate } from '../optim/schedule.ts';
import type { TrainingJob } from './job.ts';
import { peakRate } from './options.ts';

/** The learning rate of step `step` (from 0) of a training. */
export function rateAt(
  { options: o, train, ranks }: Pick<TrainingJob, 'options' | 'train' | 'ranks'>,
  step: number,
): number {
  // A rate that nobody chose goes with the whole batch.
  const base = peakRate({ ...o, batch: o.batch * (ranks?.size ?? 1) });
  const warmup = Math.round(o.warmup * train.batchesPerEpoch);
  return learningRate({ base, min: Math.min(o.minLr, base), warmup, total: o.epochs * train.batchesPerEpoch }, step);
}
