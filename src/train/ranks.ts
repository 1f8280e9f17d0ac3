import type { TrainingStep } from './step.ts';

/** Processes that train one network together, each on its part of every batch. */
export interface Ranks {
  /** This process, from 0. */
  readonly rank: number;
  /** How many there are, two or more. */
  readonly size: number;
  /** Puts the sums over all processes in the place of these numbers. Every process must ask, for as many numbers, in the same order. */
  sum(values: Float32Array): Promise<void>;
}

/**
 * Gradients and batch statistics of a step become the means over all processes, as if one had seen the whole batch; returns the mean loss. Each
 * normalises its part of a batch by that part's own mean and variance: with batch normalisation it is the mean of them that the running
 * statistics take, and training is not quite that of one process.
 */
export async function meanOver(ranks: Ranks, { grads, observed }: TrainingStep, loss: number): Promise<number> {
  const said = Float32Array.of(loss);
  for (const values of [grads.values, observed.values, said]) {
    await ranks.sum(values);
    for (let i = 0; i < values.length; i++) values[i]! /= ranks.size;
  }
  return said[0]!;
}

/** Whether any process says so; all of them hear the same. */
export async function anyOf(ranks: Ranks | undefined, says: boolean): Promise<boolean> {
  if (!ranks) return says;
  const votes = Float32Array.of(says ? 1 : 0);
  await ranks.sum(votes);
  return votes[0]! > 0;
}
