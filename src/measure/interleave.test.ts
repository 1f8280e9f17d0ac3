import { describe, expect, it } from 'vitest';
import { interleave } from './interleave.ts';

/** A clock that only moves when a probe runs. */
function fakeMachine(costs: readonly number[], slowdown: (now: number) => number = () => 1) {
  let now = 0;
  const order: number[] = [];
  return {
    order,
    clock: () => now,
    probes: costs.map((ms, i) => ({
      run: async () => {
        order.push(i);
        now += ms * slowdown(now);
      },
    })),
  };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('interleave', () => {
  it('ends each probe at its seconds or its runs, whichever comes first', async () => {
    const { probes, clock } = fakeMachine([1, 50, 2000]);
    const times = await interleave(probes, { seconds: 1, runs: 100, warmup: 2 }, { clock });
    expect(times.map((t) => t.length)).toEqual([100, 20, 3]);
    expect(times[1]!.every((t) => t === 50)).toBe(true);
  });

  it('warms up before the first timed run, without spending long on it', async () => {
    const { probes, clock, order } = fakeMachine([1, 400]);
    await interleave(probes, { seconds: 1, runs: 5, warmup: 4 }, { clock });
    expect(order.slice(0, 5)).toEqual([0, 0, 0, 0, 1]);
  });

  it('spreads a slow phase of the machine over all probes', async () => {
    // Three times as slow during the middle third of the measurement.
    const { probes, clock } = fakeMachine([4, 4, 4, 4], (now) => (now > 2000 && now < 5000 ? 3 : 1));
    const times = await interleave(probes, { seconds: 2, runs: 1e6, warmup: 1 }, { clock });
    const means = times.map(mean);
    expect(Math.max(...means) / Math.min(...means)).toBeLessThan(1.15);
  });

  it('reports progress that ends at 1 for every probe', async () => {
    const { probes, clock } = fakeMachine([1, 10]);
    const last = [0, 0];
    await interleave(
      probes,
      { seconds: 0.2, runs: 50, warmup: 1 },
      {
        clock,
        onTurn: (i, share) => {
          expect(share).toBeGreaterThanOrEqual(last[i]!);
          last[i] = share;
        },
      },
    );
    expect(last).toEqual([1, 1]);
  });

  it('refuses an effort of nothing', async () => {
    await expect(interleave([], { seconds: 0, runs: 1, warmup: 0 })).rejects.toThrow(/above 0/);
  });
});
