import { check } from '../base/errors.ts';
import { bytesText } from '../base/text/numbers.ts';
import { percent } from '../base/text/percent.ts';
import type { TrainingStep } from './step.ts';

/** How much memory the process holds now, in bytes. */
export type MemoryMeter = () => number;

export interface Fitting {
  readonly step: TrainingStep;
  readonly batchSize: number;
  /** Bytes that the whole process may hold. */
  readonly budget: number;
  /** Bytes that training is going to touch besides the values of a step: gradients, the optimiser's memory. */
  readonly other: number;
  readonly meter: MemoryMeter;
  /** Runs the step once, on real pictures; nothing changes by it. */
  readonly run: () => Promise<unknown>;
}

/** Runs are measured that often: what the first one leaves behind decides where the second one finds room. */
const RUNS = 2;
const TRIES = 4;
/** An estimate that was too low by some is mended by this much more. */
const MENDED = 1.1;

/**
 * Brings a training step into a budget: runs it, sees what the process holds, and lets more be computed twice where that is too much.
 * Returns a sentence about what was measured.
 * @throws YosegiError where the budget cannot be met, saying what can
 */
export async function fitIntoMemory(fitting: Fitting): Promise<string> {
  const { step, batchSize, budget, other, meter } = fitting;
  let { peak, share } = await step.memory(batchSize);
  let limit = Math.max(0, budget - meter() - other);
  for (let left = TRIES; ; left--) {
    if (peak > limit) {
      await step.limit(limit);
      ({ peak, share } = await step.memory(batchSize));
    }
    const most = await highest(meter, fitting.run);
    if (most <= budget)
      return `memory: ${bytesText(most)} at most in a step of ${batchSize}, of ${bytesText(budget)}; ${
        share > 0 ? `${percent(share)} of its work is done twice for it` : 'nothing is computed twice'
      }`;
    const least = limit === 0 || peak > limit;
    check(!least && left > 0, () => tooLittle({ ...fitting, most, peak }));
    limit = Math.max(0, Math.min(limit, peak) - MENDED * (most - budget));
  }
}

function tooLittle({
  batchSize,
  budget,
  most,
  peak,
}: Fitting & { readonly most: number; readonly peak: number }): string {
  const fits = Math.floor((batchSize * (budget - (most - peak))) / peak);
  const advice =
    fits >= 1
      ? `take a smaller batch (about --batch ${Math.min(fits, batchSize - 1)}), a smaller --size, or give it more`
      : `not even one picture at a time would fit; take a smaller model or --size, or give it more`;
  return (
    `a step of ${batchSize} pictures takes ${bytesText(most)} of memory even with activations computed twice, and --memory allows ` +
    `${bytesText(budget)}: ${advice}`
  );
}

/** Runs steps; those of the beginning are watched, and `tell` hears what they took at most. */
export function watchedSteps(
  meter: MemoryMeter,
  tell: (text: string) => void,
): (batchSize: number, run: () => Promise<void>) => Promise<void> {
  let [seen, most] = [0, 0];
  return async (batchSize, run) => {
    if (seen === RUNS) return run();
    most = Math.max(most, await highest(meter, run, 1));
    if (++seen === RUNS) tell(`memory: ${bytesText(most)} at most in a step of ${batchSize}`);
  };
}

/** The most that is seen while something runs a few times. */
async function highest(meter: MemoryMeter, run: () => Promise<unknown>, runs = RUNS): Promise<number> {
  let most = 0;
  const look = () => {
    most = Math.max(most, meter());
  };
  const timer = setInterval(look, 5);
  try {
    for (let i = 0; i < runs; i++) {
      await run();
      look();
    }
    return most;
  } finally {
    clearInterval(timer);
  }
}
