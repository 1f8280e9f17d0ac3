import { duration } from './progress.ts';

/** How far a piece of work is, as words. */
type Pace = (what: string, done: number, of: number) => string;

/**
 * Says how far work is, how fast it goes on and how long the rest takes at that rate: `making pictures 96/273  8.1/s  22 s left`. Another
 * `what` is other work, whose rate begins anew. `now` gives milliseconds.
 */
export function pace(now: () => number = () => performance.now()): Pace {
  let work = { what: '', began: 0, from: 0 };
  return (what, done, of) => {
    if (work.what !== what || done < work.from) work = { what, began: now(), from: done };
    const rate = (1000 * (done - work.from)) / Math.max(1, now() - work.began);
    const left = rate > 0 ? `  ${rate.toFixed(rate < 10 ? 1 : 0)}/s  ${duration((of - done) / rate)} left` : '';
    return `${what} ${done}/${of}${left}`;
  };
}
