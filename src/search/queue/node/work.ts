import type { AskedTrial, Lease, TrialAnswer, TrialQueue } from '../queue.ts';
import { patiently, pause } from './patience.ts';

/** Trains; undefined where it was stopped by the signal. */
export type Trainer = (trial: AskedTrial, signal: AbortSignal) => Promise<TrialAnswer | undefined>;

/** What became of a trial: `lost` where it was given to another meanwhile. */
export type Outcome = TrialAnswer | 'given back' | 'lost';

export interface WorkOptions {
  /** Who works, for people. */
  readonly name: string;
  /** Milliseconds between two looks into a queue without work. */
  readonly every: number;
  /** Milliseconds without work after which it ends. */
  readonly idle?: number;
  /** Trials after which it ends. */
  readonly most?: number;
  readonly signal: AbortSignal;
  readonly onTake?: (trial: AskedTrial) => void;
  readonly onEnd?: (trial: AskedTrial, outcome: Outcome) => void;
  readonly onNotice?: (message: string) => void;
}

/** Trials that so many had and never said a word of again are not tried any more: they may take all memory. */
const MOST_SILENT = 20;

/**
 * Takes trials out of a queue, one after the other, until it is told to stop; that under way is given back then.
 * @throws what the trainer throws, once its trial is given back
 */
export async function work(queue: TrialQueue, train: Trainer, options: WorkOptions): Promise<void> {
  const { name, every, idle = Number.POSITIVE_INFINITY, most = Number.POSITIVE_INFINITY, signal } = options;
  let since = performance.now();
  for (let done = 0; done < most && !signal.aborted; ) {
    const lease = await patiently('taking a trial', () => queue.take(name), options);
    if (!lease) {
      if (performance.now() - since > idle) break;
      await pause(every, signal);
      continue;
    }
    options.onTake?.(lease.trial);
    options.onEnd?.(lease.trial, await worked(lease, train, options));
    since = performance.now();
    done++;
  }
}

async function worked(lease: Lease, train: Trainer, options: WorkOptions): Promise<Outcome> {
  const { trial, silent, lost } = lease;
  const { signal, name } = options;
  // What costs minutes to find out is not thrown away because a disk is full now.
  const say = async (answer: TrialAnswer) =>
    (await patiently('answering', () => lease.answer(answer), options)) ? answer : 'lost';
  if (silent >= MOST_SILENT)
    return say({
      figure: 0,
      seconds: 0,
      by: name,
      problem: `${silent} workers began it and were never heard of again`,
    });
  let answer: TrialAnswer | undefined;
  try {
    answer = await train(trial, AbortSignal.any([signal, lost]));
  } catch (error) {
    await lease.giveBack().catch(() => {});
    throw error;
  }
  if (answer) return say(answer);
  if (lost.aborted) return 'lost';
  // What cannot be given back is free again when nobody has heard of this worker for a while.
  await lease.giveBack().catch(() => {});
  return 'given back';
}
