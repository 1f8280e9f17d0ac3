import { check } from '../base/errors.ts';

/** Something to be timed. */
export interface Probe {
  run(): Promise<unknown>;
}

/** How long and how often every probe runs. */
export interface Effort {
  /** Timed seconds for each probe; it ends at this or at `runs`, whichever comes first, but after 3 runs at least. */
  readonly seconds: number;
  readonly runs: number;
  /** Untimed runs before the first timed one; fewer where they would take longer than a quarter of `seconds`. */
  readonly warmup: number;
}

export const defaultEffort: Effort = { seconds: 2, runs: 200, warmup: 5 };

const LEAST_RUNS = 3;
/** Turns that a probe's time is cut into. */
const TURNS = 8;

/**
 * Run times of every probe in milliseconds. Probes take turns, each round beginning with another one, so that a machine that
 * slows down for a while slows all of them; a turn begins with one untimed run where runs are short, to fill the caches again.
 */
export async function interleave(
  probes: readonly Probe[],
  effort: Effort = defaultEffort,
  options: { readonly clock?: () => number; readonly onTurn?: (probe: number, share: number) => void } = {},
): Promise<number[][]> {
  const { clock = () => performance.now(), onTurn } = options;
  check(
    effort.seconds > 0 && effort.runs >= 1,
    () => `seconds and runs must be above 0, got ${JSON.stringify(effort)}`,
  );
  const budget = effort.seconds * 1000;
  const time = async (probe: Probe) => {
    const start = clock();
    await probe.run();
    return clock() - start;
  };
  for (const probe of probes) {
    let spent = 0;
    for (let i = 0; i < Math.max(1, effort.warmup) && spent <= budget / 4; i++) spent += await time(probe);
  }
  const times: number[][] = probes.map(() => []);
  const spent = probes.map(() => 0);
  const most = Math.max(LEAST_RUNS, effort.runs);
  const done = (i: number) => times[i]!.length >= most || (spent[i]! >= budget && times[i]!.length >= LEAST_RUNS);
  const turn = async (i: number) => {
    const probe = probes[i]!;
    const last = times[i]!.at(-1) ?? 0;
    if (last < budget / TURNS / 4) await probe.run();
    const end = spent[i]! + budget / TURNS;
    do {
      const ms = await time(probe);
      times[i]!.push(ms);
      spent[i]! += ms;
    } while (!done(i) && spent[i]! < end);
    onTurn?.(i, Math.min(1, Math.max(spent[i]! / budget, times[i]!.length / most)));
  };
  for (let round = 0; probes.some((_, i) => !done(i)); round++) {
    for (let k = 0; k < probes.length; k++) {
      const i = (round + k) % probes.length;
      if (!done(i)) await turn(i);
    }
  }
  return times;
}
