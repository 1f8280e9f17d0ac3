import { utimes } from 'node:fs/promises';
import type { AskedTrial, Lease } from '../../queue.ts';
import type { placeOnce } from './once.ts';
import { answerText, endText, lastStep, stepPath } from './steps.ts';

export interface LeaseOptions {
  /** The trial's. */
  readonly folder: string;
  /** The number of the lease's own step. */
  readonly token: number;
  readonly silent: number;
  /** Milliseconds from one sign of life to the next. */
  readonly beat: number;
  readonly place: typeof placeOnce;
}

/** Holds a trial: touches the lease's file again and again, and looks whether it is still the last one. */
export function held(trial: AskedTrial, { folder, token, silent, beat, place }: LeaseOptions): Lease {
  const lost = new AbortController();
  const own = stepPath(folder, token);
  const end = () => {
    clearInterval(timer);
    lost.abort();
  };
  const timer = setInterval(async () => {
    try {
      const last = await lastStep(folder);
      const now = new Date();
      if (last?.number === token) await utimes(own, now, now);
      else end();
    } catch {
      // A share that does not answer now may do so at the next beat; whoever else has the trial by then keeps it.
    }
  }, beat);
  timer.unref();
  return {
    trial,
    token,
    silent,
    lost: lost.signal,
    async answer(answer) {
      const counts = await place(stepPath(folder, token + 1), answerText(answer));
      end();
      return counts;
    },
    async giveBack() {
      clearInterval(timer);
      await place(stepPath(folder, token + 1), endText('back'));
    },
  };
}
