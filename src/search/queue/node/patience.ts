import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../base/errors.ts';
import { isOfSystem } from '../../../base/node/of-system.ts';

export interface Patience {
  /** Ends the patience: the next failure is thrown. */
  readonly signal?: AbortSignal;
  readonly onNotice?: (message: string) => void;
  /** Milliseconds after which it is given up. */
  readonly most?: number;
  /** Milliseconds before the second try; then longer and longer. */
  readonly first?: number;
}

/**
 * Tries again where what failed may pass: a disk that is full, a share or a server that does not answer. Everything else is thrown at once.
 */
export async function patiently<T>(
  what: string,
  work: () => Promise<T>,
  { signal, onNotice, most = 30 * 60_000, first = 500 }: Patience = {},
): Promise<T> {
  const start = performance.now();
  for (let wait = first; ; wait = Math.min(2 * wait, 30_000)) {
    try {
      return await work();
    } catch (error) {
      if (!isOfSystem(error) || signal?.aborted || performance.now() - start > most) throw error;
      if (wait === first) onNotice?.(`${what}: ${messageOf(error)}; trying again`);
      await pause(wait, signal);
    }
  }
}

/** Waits so many milliseconds, or until the signal. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { ...(signal && { signal }) }).catch(() => {});
