import type { Hooks } from '../../run/node/fit.ts';

/** Steps after which the time that is left is believed. */
const SURE = 8;

/** A training that is given up where it cannot end in time. */
export interface Timed {
  readonly hooks: Hooks;
  readonly signal: AbortSignal;
  /** Why it was given up; undefined where it was not. */
  late(): string | undefined;
  close(): void;
}

/** Watches a training: by the time that it says is left, and, where it says nothing, by the clock. */
export function timed(hooks: Hooks, seconds: number, signal: AbortSignal | undefined): Timed {
  const stop = new AbortController();
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  let needed = 0;
  let steps = 0;
  // Somewhat later, so that what can say how long it takes does.
  const clock = setTimeout(() => stop.abort(), Math.min(1250 * seconds + 1000, 2 ** 31 - 1));
  return {
    signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
    hooks: {
      ...hooks,
      onStep: (e) => {
        hooks.onStep?.(e);
        steps++;
        needed = elapsed() + e.eta;
        if (steps === SURE && needed > seconds) stop.abort();
      },
    },
    late: () =>
      stop.signal.aborted
        ? `would take ${Math.round(Math.max(needed, elapsed()))} s or more, and there are ${Math.round(seconds)} s for it`
        : undefined,
    close: () => clearTimeout(clock),
  };
}
