import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { YosegiError } from '../../base/errors.ts';
import type { Hooks } from '../../run/node/fit.ts';
import { withinTime } from './within-time.ts';

/** Fake time: what is judged here is arithmetic with seconds. */
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A training that reads pictures for `setup` seconds and then takes `perStep` for each of 10 steps an epoch; and what it was asked for. */
function madeUp(setup: number, perStep: number) {
  const asked: number[] = [];
  const wait = async (seconds: number) => void (await vi.advanceTimersByTimeAsync(1000 * seconds));
  const train = async (epochs: number, { hooks, signal }: { readonly hooks: Hooks; readonly signal: AbortSignal }) => {
    asked.push(epochs);
    await wait(setup);
    const steps = 10 * epochs;
    for (let step = 1; step <= steps; step++) {
      if (signal.aborted) return 'stopped';
      await wait(perStep);
      hooks.onStep?.({ eta: (steps - step) * perStep } as Parameters<NonNullable<Hooks['onStep']>>[0]);
    }
    return 'finished';
  };
  return { asked, train };
}
const now = () => performance.now() / 1000;

it('trains for all epochs where they fit', async () => {
  const { asked, train } = madeUp(5, 1);
  expect(await withinTime(train, { epochs: 12, seconds: 130, hooks: {} })).toEqual({ epochs: 12, trained: 'finished' });
  expect(asked).toEqual([12]);
});

it('trains for as many as fit, and keeps to the time', async () => {
  const { asked, train } = madeUp(5, 1);
  const [started, notices] = [now(), [] as string[]];
  const hooks = { onNotice: (m: string) => void notices.push(m) };
  const { epochs, trained } = await withinTime(train, { epochs: 12, seconds: 80, hooks });
  expect(trained).toBe('finished');
  expect(asked).toEqual([12, epochs]);
  expect(now() - started).toBeLessThanOrEqual(80);
  // 13 s were lost on finding out, and another setup is needed: 6 epochs would fit exactly.
  expect(epochs).toBeGreaterThanOrEqual(5);
  expect(notices).toEqual([expect.stringMatching(`^${epochs} of 12 epochs fit`)]);
});

it('gives up where not even one fits, and says what it would take', async () => {
  const { asked, train } = madeUp(5, 1);
  const tight = withinTime(train, { epochs: 12, seconds: 20, hooks: {} });
  await expect(tight).rejects.toThrow(/^would take 12\d s or more, and there are 20 s for it$/);
  expect(asked).toEqual([12]);
});

it('what was stopped from outside is not begun again', async () => {
  const stop = new AbortController();
  const { asked, train } = madeUp(5, 1);
  const ends = withinTime(
    async (epochs, watch) => {
      stop.abort();
      return train(epochs, watch);
    },
    { epochs: 12, seconds: 80, hooks: {}, signal: stop.signal },
  );
  expect(await ends).toEqual({ epochs: 12, trained: 'stopped' });
  expect(asked).toEqual([12]);
  const broken = withinTime(() => Promise.reject(new YosegiError('broken')), { epochs: 12, seconds: 80, hooks: {} });
  await expect(broken).rejects.toThrow('broken');
});
