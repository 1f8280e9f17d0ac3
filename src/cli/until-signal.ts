import { constants } from 'node:os';
import type { Hooks } from '../run/node/fit.ts';
import type { trainHooks } from './train-hooks.ts';

/**
 * Works until it is done or Ctrl-C (or SIGTERM) asks to stop; at the second one it ends at once, and at the first where `onFirst` answers
 * 'now'. The exit code is that of a program which a signal ended: scripts must not take a part of the work for all of it.
 */
export async function untilStopped<T>(
  onFirst: () => 'now' | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let code = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    code = 128 + constants.signals[signal];
    if (stop.signal.aborted || onFirst() === 'now') process.exit(code);
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await work(stop.signal);
  } finally {
    if (code > 0) process.exitCode = code;
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/**
 * Trains until it is done or is asked to stop: before the first step, or until `begun` is called, at once; then after the step under way.
 */
export function untilSignal<T>(
  { hooks: shown, say }: Pick<ReturnType<typeof trainHooks>, 'hooks' | 'say'>,
  train: (hooks: Hooks, signal: AbortSignal, begun: () => void) => Promise<T>,
): Promise<T> {
  let started = false;
  const begun = () => {
    started = true;
  };
  const hooks: Hooks = {
    ...shown,
    onStart: (about) => {
      begun();
      shown.onStart?.(about);
    },
  };
  const first = () => {
    say(started ? 'stopping after this step; press Ctrl-C again to stop at once' : 'stopped before the first step');
    return started ? undefined : 'now';
  };
  return untilStopped(first, (signal) => train(hooks, signal, begun));
}
