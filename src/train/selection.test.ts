import { describe, expect, it } from 'vitest';
import type { Progress } from './checkpoint.ts';
import { isKept, isStale, peakWith } from './selection.ts';

/** Which of epochs with these ranks is kept in the end, and where early stopping after `stop` epochs ends. */
function run(ranks: readonly (readonly number[])[], images?: number, stop = 0) {
  let best: Progress['best'] = null;
  for (const [epoch, rank] of ranks.entries()) {
    if (isKept(rank, best, images)) best = { epoch, figures: {}, rank: [...rank], peak: peakWith(rank, epoch, best) };
    if (isStale({ best, epoch: epoch + 1 }, stop)) return { kept: best?.epoch, ended: epoch };
  }
  return { kept: best?.epoch, ended: ranks.length - 1 };
}

describe('which epoch is kept', () => {
  it('is the last one of those that the validated pictures cannot tell apart', () => {
    // x-sdd, 109 validated pictures: one of them more or less is chance, two are not.
    const accuracies = [106, 109, 107, 109, 109, 108, 107].map((right) => [right / 109, -0.02]);
    expect(run(accuracies, 109).kept).toBe(5);
    // The same shares of ten times as many pictures.
    expect(run(accuracies, 1090).kept).toBe(4);
    expect(run(accuracies).kept).toBe(1);
  });

  it('does not drift down by one chance after another', () => {
    expect(
      run(
        [0.9, 0.885, 0.87, 0.855, 0.84].map((a) => [a, 0]),
        341,
      ).kept,
    ).toBe(1);
  });

  it('is the best one where nothing is a share, and never one without numbers', () => {
    expect(run([[-0.3], [-0.2], [-0.21]], 100).kept).toBe(1);
    expect(
      run(
        [
          [0.5, -1],
          [Number.NaN, -1],
          [0.5, Number.POSITIVE_INFINITY],
        ],
        100,
      ).kept,
    ).toBe(0);
  });

  it('lets early stopping wait for a better epoch, not for one that is kept', () => {
    expect(
      run(
        [0.9, 0.91, 0.91, 0.905, 0.91].map((a) => [a, 0]),
        100,
        3,
      ),
    ).toEqual({ kept: 4, ended: 4 });
    expect(
      run(
        [0.5, 0.6, 0.55, 0.6].map((a) => [a, 0]),
        100,
        2,
      ),
    ).toEqual({ kept: 3, ended: 3 });
  });
});
