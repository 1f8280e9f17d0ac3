import { describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { leaving } from '../judge/evaluate.ts';
import type { Policy } from '../policy/policy.ts';
import { type Scenario, scenarios, synthetic } from '../testing/synthetic.ts';
import { calibrate } from './calibrate.ts';
import { type Clocked, chooseOnTheClock, costsOf } from './on-the-clock.ts';

const CLASSES = 6;
const IMAGES = 400;

/** A machine on which leaving at exit k among others takes `slower[k]` of what it takes alone, with some noise. */
function machine(scenario: Scenario, slower: readonly number[], noise = 0.05) {
  const said = { ...synthetic(scenario, IMAGES, 1), classes: CLASSES };
  const rng = random(0, 'clock');
  let clocks = 0;
  const clock = async (policy: Policy): Promise<Clocked> => {
    clocks++;
    // The clock sees some of the images, as it does in earnest.
    const exits = leaving(said, policy)
      .filter((_, i) => i % 2 === 0)
      .map(({ exit }) => exit);
    return { exits, ms: exits.map((k) => scenario.costs[k]! * slower[k]! * (1 + noise * rng.normal())) };
  };
  const choose = (goal: { cost: number } | { accuracy: number }) => (costs: readonly number[]) =>
    calibrate(said.logits, said.labels, CLASSES, costs, goal);
  return { clock, choose, clocks: () => clocks };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('chooseOnTheClock', () => {
  it.each(scenarios)('keeps a budget on the clock where the model promises too much: $name', async (scenario) => {
    for (const slower of [
      [1.3, 1.2, 1.1, 1.05],
      [1, 1, 1.2, 1.4],
    ]) {
      const most = 0.7;
      const { clock, choose } = machine(scenario, slower);
      const alone = choose({ cost: most })(scenario.costs);
      const promised = await clock(alone.policy);
      const { calibration, costs, clocked } = await chooseOnTheClock(
        scenario.costs,
        most,
        choose({ cost: most }),
        clock,
      );
      expect(mean(clocked.ms)).toBeLessThanOrEqual(most);
      // Not by leaving far too early: most of the budget is used.
      expect(mean(clocked.ms)).toBeGreaterThan(0.8 * most);
      expect(mean(promised.ms)).toBeGreaterThan(mean(clocked.ms));
      // What is expected of all images agrees with what the clock said of some.
      const { shares } = calibration.chosen;
      const expected = shares.reduce((sum, s, k) => sum + s * costs[k]!, 0);
      expect(Math.abs(expected / mean(clocked.ms) - 1)).toBeLessThan(0.1);
    }
  });

  it('leaves a policy that keeps its budget as it is, and times it once', async () => {
    const { clock, choose, clocks } = machine(scenarios[0]!, [0.9, 0.9, 0.9, 0.9]);
    const { calibration } = await chooseOnTheClock(scenarios[0]!.costs, 0.7, choose({ cost: 0.7 }), clock);
    expect(calibration.policy).toEqual(choose({ cost: 0.7 })(scenarios[0]!.costs).policy);
    expect(clocks()).toBe(1);
  });

  it('keeps an accuracy, and says what it costs on the clock', async () => {
    const { clock, choose } = machine(scenarios[0]!, [1.3, 1.2, 1.1, 1.1], 0);
    const goal = { accuracy: 0.8 };
    const { calibration, costs, clocked } = await chooseOnTheClock(scenarios[0]!.costs, undefined, choose(goal), clock);
    expect(calibration.chosen.accuracy).toBeGreaterThanOrEqual(0.8);
    costs.forEach((cost, k) => {
      if (clocked.exits.includes(k)) expect(cost).toBeCloseTo(scenarios[0]!.costs[k]! * [1.3, 1.2, 1.1, 1.1][k]!, 10);
    });
  });

  it('refuses a budget that not even the cheapest policy keeps on the clock', async () => {
    const { clock, choose } = machine(scenarios[0]!, [2, 2, 2, 2]);
    await expect(chooseOnTheClock(scenarios[0]!.costs, 0.4, choose({ cost: 0.4 }), clock)).rejects.toThrow(
      /the budget is 0\.4, but the cheapest policy costs 0\.\d+/,
    );
  });
});

describe('costsOf', () => {
  it('takes the mean of who left, and scales what too few left at', () => {
    const exits = [0, 0, 0, 0, 0, 2];
    const ms = [1, 1, 1, 1, 6, 8];
    expect(costsOf({ exits, ms }, [1, 2, 4])).toEqual([2, 4, 8]);
  });

  it('never lets a later exit cost less', () => {
    expect(costsOf({ exits: [0, 0, 0, 0, 0], ms: [9, 9, 9, 9, 9] }, [3, 3, 3])).toEqual([9, 9, 9]);
    expect(costsOf({ exits: [0, 0, 0, 0, 0, 1, 1, 1, 1, 1], ms: [5, 5, 5, 5, 5, 4, 4, 4, 4, 4] }, [4, 5])).toEqual([
      5, 5,
    ]);
  });
});
