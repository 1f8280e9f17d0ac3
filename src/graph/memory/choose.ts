import { type Chosen, keptBy, neededFor, withAgain } from './again.ts';
import { type Peak, peakOf, runOrder, writers } from './peak.ts';
import type { Steps } from './steps.ts';

/** Which steps run a second time, and what that comes to. */
export interface Choice {
  readonly chosen: Chosen;
  /** Most bytes of the graph's own values at once, as estimated. */
  readonly peak: number;
  /** What the second runs take, as a share of all that the graph takes with them. */
  readonly share: number;
}

/** Values below this share of the peak are not worth a second run. */
const SMALLEST = 1 / 1000;

/**
 * Chooses the steps that run again until the peak is at most `limit` bytes, the cheapest first: of what late steps keep in memory when the
 * peak is reached, what takes the least work a byte to compute again. Every choice must lower the peak. Where `limit` cannot be met,
 * what comes nearest.
 */
export function chooseAgain(s: Steps, limit: number): Choice {
  let chosen: Chosen = new Set<number>();
  let peak = peakOf(s);
  const refused = new Set<number>();
  while (peak.bytes > limit) {
    const next = cheapest(s, chosen, peak, refused);
    if (!next) break;
    const more = new Set([...chosen, ...next.needed]);
    const then = peakOf(withAgain(s, more));
    if (then.bytes < peak.bytes) [chosen, peak] = [more, then];
    else refused.add(next.step);
  }
  return { chosen, peak: peak.bytes, share: shareOf(s, chosen) };
}

interface Candidate {
  readonly step: number;
  readonly needed: ReadonlySet<number>;
}

function cheapest(s: Steps, chosen: Chosen, peak: Peak, refused: ReadonlySet<number>): Candidate | undefined {
  const by = writers(s);
  const kept = keptBy(s, chosen);
  let best: Candidate | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const v of peak.held) {
    const step = v < by.length ? by[v]! : -1;
    if (step < 0 || s.steps[step]!.late || chosen.has(step) || refused.has(step)) continue;
    if (s.bytes[v]! < SMALLEST * peak.bytes) continue;
    const needed = neededFor(s, chosen, kept, step);
    if (!needed) continue;
    const price = costOf(s, needed) / s.bytes[v]!;
    if (price < least) [best, least] = [{ step, needed }, price];
  }
  return best;
}

const costOf = ({ steps }: Steps, which: Iterable<number>) => {
  let sum = 0;
  for (const i of which) sum += steps[i]!.cost;
  return sum;
};

function shareOf(s: Steps, chosen: Chosen): number {
  const again = withAgain(s, chosen);
  const own = costOf(s, runOrder(s));
  return chosen.size === 0 ? 0 : 1 - own / costOf(again, runOrder(again));
}
