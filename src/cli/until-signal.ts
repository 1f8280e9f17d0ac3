import { constants } from 'node:os';
import type { Hooks } from '../run/node/fit.ts';
import type { trainHooks } from './train-hooks.ts';

/**
 * Trains until it is done or Ctrl-C (or SIGTERM) asks to stop: before the first step at once, then after the step under way, at the second
 * one at once. The exit code is that of a program which a signal ended: scripts must not take a part of a training for all of it.
 */
export async function untilSignal<T>(
  { hooks: shown, say }: Pick<ReturnType<typeof trainHooks>, 'hooks' | 'say'>,
  train: (hooks: Hooks, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let started = false;
  const hooks: Hooks = {
    ...shown,
    onStart: (about) => {
      started = true;
      shown.onStart?.(about);
    },
  };
  let code = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    code = 128 + constants.signals[signal];
    if (stop.signal.aborted) process.exit(code);
    if (!started) {
      say('stopped before the first step');
      process.exit(code);
    }
    stop.abort();
    say('stopping after this step; press Ctrl-C again to stop at once');
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await train(hooks, stop.signal);
  } finally {
    if (code > 0) process.exitCode = code;
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
