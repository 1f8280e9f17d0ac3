import { check } from '../src/base/errors.ts';

/** Load averages of the last 1, 5 and 15 minutes, as `os.loadavg()` gives them. */
export type LoadAverage = readonly number[];

/** Of one bench: before it began, after it ended, and the cores there are. */
export interface Load {
  readonly before: LoadAverage;
  readonly after: LoadAverage;
  readonly cores: number;
}

/** Load of other work, a core, above which timings say more about it than about the sides. */
const QUIET = 0.25;
/** The same when the bench ends: it kept all cores busy itself, and what it compiled still counts a little. */
const QUIET_AFTER = 0.5;

export const shown = (load: LoadAverage) => load.map((v) => v.toFixed(1)).join(', ');

const isBusy = (before: LoadAverage, cores: number) => before[0]! > QUIET * cores;

/** Throws where other work keeps the machine busy; `forced`: it is raced on all the same. */
export function checkQuiet(before: LoadAverage, cores: number, forced: boolean): void {
  check(
    forced || !isBusy(before, cores),
    () =>
      `this machine is busy: load average ${shown(before)} (of 1, 5 and 15 minutes) on ${cores} cores, and a race needs the first to be ` +
      `at most ${(QUIET * cores).toFixed(1)}. Wait until it is quiet, or race with --busy: the results are then marked as disturbed`,
  );
}

/** A warning that stands above results which other work disturbed, else ''. */
export function disturbedText({ before, after, cores }: Load): string {
  const seen = [
    ...(isBusy(before, cores)
      ? [`load average ${before[0]!.toFixed(1)} on ${cores} cores before the bench began`]
      : []),
    ...(after[0]! - cores > QUIET_AFTER * cores
      ? [`${after[0]!.toFixed(1)} when it ended, of which it keeps ${cores} busy itself`]
      : []),
  ];
  if (seen.length === 0) return '';
  return `> **Disturbed: the machine was busy (${seen.join('; ')}).**
> These times say how the sides fare beside other work, not how fast they are, and the sides do not suffer alike.
> Do not quote the ratios; run the bench again on a quiet machine.

`;
}
