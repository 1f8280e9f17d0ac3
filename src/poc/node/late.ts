import type { Hooks } from '../../run/node/fit.ts';

/** Steps after which the time that is left is believed. */
const SURE = 8;

/** A training that is given up where it cannot end in time. */
export interface Timed {
  readonly hooks: Hooks;
  readonly signal: AbortSignal;
  /** Why it was given up; undefined where it was not. */
  late(): string | undefined;
  /** Share of its steps that would fit into what is left of the time if it began again now; 0 where nothing is known of it. */
  again(): number;
  close(): void;
}

/** Watches a training: by the time that it says is left, and, where it says nothing, by the clock. */
export function timed(hooks: Hooks, seconds: number, signal: AbortSignal | undefined): Timed {
  const stop = new AbortController();
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  let [needed, steps, begun] = [0, 0, 0];
  // Somewhat later, so that what can say how long it takes does.
  const clock = setTimeout(() => stop.abort(), Math.min(1250 * seconds + 1000, 2 ** 31 - 1));
  return {
    signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
    hooks: {
      ...hooks,
      onStep: (e) => {
        hooks.onStep?.(e);
        if (steps++ === 0) begun = elapsed();
        needed = elapsed() + e.eta;
        if (steps === SURE && needed > seconds) stop.abort();
      },
    },
    late: () =>
      stop.signal.aborted
        ? `would take ${Math.round(Math.max(needed, elapsed()))} s or more, and there are ${Math.round(seconds)} s for it`
        : undefined,
    again: () => (steps < SURE ? 0 : Math.max(0, (seconds - elapsed() - begun) / (needed - begun))),
    close: () => clearTimeout(clock),
  };
}
