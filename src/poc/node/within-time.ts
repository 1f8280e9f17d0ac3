import { YosegiError } from '../../base/errors.ts';
import type { Hooks } from '../../run/node/fit.ts';
import { type Timed, timed } from './late.ts';

/** Of the time that seems to be left, as first steps tell it roughly. */
const MARGIN = 0.9;

export interface Within {
  /** Most epochs that are worth their time. */
  readonly epochs: number;
  /** That there are for it. */
  readonly seconds: number;
  readonly hooks: Hooks;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains for as many epochs as fit into a time: where the first steps say that all of them do not, it begins again with fewer.
 * @throws YosegiError where not even one fits
 */
export async function withinTime<T>(
  train: (epochs: number, watch: Pick<Timed, 'hooks' | 'signal'>) => Promise<T>,
  { epochs, seconds, hooks, signal }: Within,
): Promise<{ readonly epochs: number; readonly trained: T }> {
  const started = performance.now();
  const watch = timed(hooks, seconds, signal);
  try {
    const trained = await train(epochs, watch);
    if (!watch.late() || signal?.aborted) return { epochs, trained };
  } catch (error) {
    if (!(error instanceof YosegiError) || !watch.late() || signal?.aborted) throw error;
  } finally {
    watch.close();
  }
  const fewer = Math.min(epochs - 1, Math.floor(MARGIN * watch.again() * epochs));
  if (fewer < 1) throw new YosegiError(watch.late()!);
  hooks.onNotice?.(`${fewer} of ${epochs} epochs fit into the time that is left: it begins again with as many`);
  const left = seconds - (performance.now() - started) / 1000;
  return withinTime(train, { epochs: fewer, seconds: left, hooks, signal });
}
