import type { Policy } from '../policy/policy.ts';
import type { Calibration } from './calibrate.ts';

/** Images timed one by one under a policy: where each left, and its milliseconds. */
export interface Clocked {
  readonly exits: readonly number[];
  readonly ms: readonly number[];
}

/** A policy whose costs were measured under it. */
export interface OnTheClock<T extends Clocked> {
  readonly calibration: Calibration;
  /** Milliseconds of an image that leaves at each exit, among images that leave elsewhere. */
  readonly costs: readonly number[];
  readonly clocked: T;
}

/** So often a policy is timed and chosen anew. */
const ROUNDS = 5;
/** So much of a budget is kept free for what a clock says otherwise the next time; each round that failed asks for more. */
const SPARE = 0.01;
/** Fewer images than this say little about an exit. */
const FEW = 5;

/**
 * Chooses a policy by what it costs on the clock. Leaving at one exit, timed again and again, is cheaper than leaving there among
 * images that leave elsewhere: caches and predictors know what comes, and a median forgets the slow ones. So the policy that
 * `choose` finds with the `modelled` costs is timed on images held out from training, the costs of the exits are taken from that,
 * and it is chosen again, until its measured mean keeps the budget `most` (milliseconds; undefined where the budget is of another
 * kind: then until the choice stays the same). Where no round keeps it, the one that came nearest is returned.
 * @throws YosegiError from `choose`, where not even the cheapest policy fits
 */
export async function chooseOnTheClock<T extends Clocked>(
  modelled: readonly number[],
  most: number | undefined,
  choose: (costs: readonly number[]) => Calibration,
  clock: (policy: Policy) => Promise<T>,
): Promise<OnTheClock<T>> {
  const tried: OnTheClock<T>[] = [];
  let costs = modelled;
  let pressure = 1;
  for (let round = 0; round < ROUNDS; round++) {
    const calibration = choose(most === undefined ? costs : costs.map((ms) => ms * pressure));
    const before = tried.at(-1);
    const same = before && samePolicy(before.calibration.policy, calibration.policy);
    // Nothing new would be timed.
    if (same && most === undefined) return { ...before, calibration };
    const clocked = await clock(calibration.policy);
    costs = costsOf(clocked, costs);
    tried.push({ calibration, costs, clocked });
    if (most !== undefined && meanOf(clocked.ms) <= most) break;
    // The images on the clock may be harder than all together, which is what the choice is made with.
    const { shares } = calibration.chosen;
    const expected = shares.reduce((sum, share, k) => sum + share * costs[k]!, 0);
    pressure = (1 + SPARE * (round + 1)) * Math.max(1, meanOf(clocked.ms) / expected);
  }
  const kept = tried.filter((t) => most === undefined || meanOf(t.clocked.ms) <= most);
  return kept.at(-1) ?? tried.reduce((a, b) => (meanOf(b.clocked.ms) < meanOf(a.clocked.ms) ? b : a));
}

/**
 * What leaving at each exit costs: the mean of the images that did; where few did, what was thought `before`, scaled as all
 * images together ask. Never less than at the exit before.
 */
export function costsOf({ exits, ms }: Clocked, before: readonly number[]): number[] {
  const expected = exits.reduce((sum, k) => sum + before[k]!, 0);
  const scale = expected > 0 ? ms.reduce((a, b) => a + b, 0) / expected : 1;
  let least = 0;
  return before.map((cost, k) => {
    const own = ms.filter((_, i) => exits[i] === k);
    least = Math.max(least, own.length >= FEW ? meanOf(own) : cost * scale);
    return least;
  });
}

const meanOf = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);

const samePolicy = (a: Policy, b: Policy) => a.thresholds.join() === b.thresholds.join();
