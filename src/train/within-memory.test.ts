import { describe, expect, it } from 'vitest';
import type { TrainingStep } from './step.ts';
import { type Fitting, fitIntoMemory, watchedSteps } from './within-memory.ts';

const MB = 1e6;

/** A step whose values take what they are allowed to, but not less than `least`, and `hidden` more than expected. */
function fitting({ whole = 100, least = 20, hidden = 0, held = 50, budget = 1000, batchSize = 8 }) {
  let [limit, now] = [Number.POSITIVE_INFINITY, held * MB];
  const limits: number[] = [];
  const peak = () => Math.max(least * MB, Math.min(whole * MB, limit));
  const step: Partial<TrainingStep> = {
    memory: async () => ({ peak: peak(), share: peak() < whole * MB ? 0.1 : 0 }),
    limit: async (bytes) => {
      limit = bytes;
      limits.push(bytes / MB);
      now = held * MB;
    },
  };
  const run = async () => {
    now = held * MB + peak() + hidden * MB;
  };
  const made: Fitting = {
    step: step as TrainingStep,
    batchSize,
    budget: budget * MB,
    other: 0,
    meter: () => now,
    run,
  };
  return { made, limits };
}

describe('fitIntoMemory', () => {
  it('leaves a step alone that fits, and says what it took', async () => {
    const { made, limits } = fitting({});
    expect(await fitIntoMemory(made)).toMatch(
      /^memory: 143 MiB at most in a step of 8, of 954 MiB; nothing is computed/,
    );
    expect(limits).toEqual([]);
  });

  it('lets as much be computed twice as it takes', async () => {
    const { made, limits } = fitting({ budget: 110 });
    expect(await fitIntoMemory(made)).toMatch(/10\.0 % of its work is done twice/);
    expect(limits).toEqual([60]);
  });

  it('tries again where more was taken than expected', async () => {
    const { made, limits } = fitting({ budget: 110, hidden: 20 });
    await fitIntoMemory(made);
    expect(limits).toEqual([60, 38]);
  });

  it('says what is the least, and the batch that would fit', async () => {
    await expect(fitIntoMemory(fitting({ budget: 65 }).made)).rejects.toThrow(
      /takes 66\.8 MiB of memory even with .*--memory allows 62\.0 MiB: take a smaller batch \(about --batch 6\)/,
    );
  });

  it('says so where not even one picture fits', async () => {
    await expect(fitIntoMemory(fitting({ budget: 51, batchSize: 1 }).made)).rejects.toThrow(/not even one picture/);
  });
});

it('tells once what the first two steps took at most, seen while they run and after', async () => {
  const told: string[] = [];
  let now = 10 * MB;
  const watched = watchedSteps(
    () => now,
    (text) => told.push(text),
  );
  const step = (most: number) =>
    watched(8, async () => {
      now = most * MB;
      await new Promise((done) => setTimeout(done, 30));
      now = 10 * MB;
    });
  await step(300);
  expect(told).toEqual([]);
  await step(200);
  await step(900);
  expect(told).toEqual(['memory: 286 MiB at most in a step of 8']);
});
