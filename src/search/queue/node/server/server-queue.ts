import { randomUUID } from 'node:crypto';
import type { Job } from 'bullmq';
import { messageOf, YosegiError } from '../../../../base/errors.ts';
import { conform } from '../../../../base/json.ts';
import { type AskedTrial, answerSchema, askedSchema, type Lease, type TrialQueue } from '../../queue.ts';
import { type Connected, connect } from './connect.ts';

export interface ServerQueueOptions {
  /** Milliseconds that a lease lasts without a sign of its holder. */
  readonly lasts?: number;
  /** Milliseconds from one sign of life to the next. */
  readonly beat?: number;
}

/** What BullMQ answers to one whose lease is not its own any more: the job or its lock is gone, another's, or it is no longer at work. */
const NOT_YOURS = [-1, -2, -3, -6];

/** In a job's progress: its search takes it back. */
const TAKEN_BACK = 'taken back';

/**
 * A queue on a server, for machines without a common folder: BullMQ on Redis or PostgreSQL. A trial is a job by its name; a lease is the
 * job's lock, with a token of its own each time, which the server asks for before it takes an answer.
 */
export async function serverQueue(
  url: string,
  { lasts = 120_000, beat = 20_000 }: ServerQueueOptions = {},
): Promise<TrialQueue> {
  const { queue, worker, close }: Connected = await connect(url, { lasts });
  return {
    async ask(trial) {
      await queue.add('trial', trial, { jobId: trial.id, removeOnComplete: false, removeOnFail: true });
    },
    async asked(search) {
      const jobs = await queue.getJobs();
      return jobs.map(trialOf).filter((trial) => trial.search === search);
    },
    async look(id) {
      const state = await queue.getJobState(id);
      if (state === 'unknown') return { kind: 'missing' };
      if (state !== 'completed') return { kind: state === 'active' ? 'taken' : 'waiting' };
      const job = await queue.getJob(id);
      if (!job) return { kind: 'missing' };
      return { kind: 'answered', answer: conform(job.returnvalue, answerSchema, failing(id)) };
    },
    async settle(id) {
      // One that somebody is at stays until the search looks again.
      await removed(await queue.getJob(id));
    },
    async withdraw(id) {
      const job = await queue.getJob(id);
      // The mark comes first. Who took the trial before it holds or has answered it, which the state shows; who takes it later sees the mark,
      // and never answers. So no answer can come between looking and taking out.
      if (!job || !(await ours(() => job.updateProgress(TAKEN_BACK)))) return true;
      const state = await queue.getJobState(id);
      if (state !== 'completed' && state !== 'active') return removed(job);
      await ours(() => job.updateProgress(0));
      return false;
    },
    async take() {
      for (;;) {
        const token = randomUUID();
        const job = await worker.getNextJob(token, { block: false });
        if (job?.progress !== TAKEN_BACK) return job && held(job, token, { lasts, beat });
        // Out of the queue in one step, also where the search died before it could do so; it asks again if it wants to.
        await ours(() => job.moveToFailed(new Error('taken back'), token));
      }
    },
    close,
  };
}

const failing = (id: string | undefined) => (problem: string, cause?: unknown) =>
  new YosegiError(`trial ${id} ${problem}. Use one version of yosegi on all machines of a queue`, { cause });

const trialOf = (job: Job): AskedTrial => conform<AskedTrial>(job.data, askedSchema, failing(job.id));

/** Whether a job is gone; false where somebody is at it. */
async function removed(job: Job | undefined): Promise<boolean> {
  try {
    await job?.remove();
    return true;
  } catch (error) {
    if (/locked by another worker/.test(messageOf(error))) return false;
    throw error;
  }
}

function held(job: Job, token: string, { lasts, beat }: Required<ServerQueueOptions>): Lease {
  const lost = new AbortController();
  const end = () => {
    clearInterval(timer);
    lost.abort();
  };
  const timer = setInterval(async () => {
    try {
      if ((await job.extendLock(token, lasts)) !== 1) end();
    } catch (error) {
      // A server that does not answer now may do so at the next beat.
      if (isNotYours(error)) end();
    }
  }, beat);
  timer.unref();
  return {
    trial: trialOf(job),
    token: job.attemptsStarted,
    silent: job.stalledCounter,
    lost: lost.signal,
    async answer(answer) {
      const counts = await ours(() => job.moveToCompleted(answer, token, false));
      end();
      return counts;
    },
    async giveBack() {
      clearInterval(timer);
      await ours(() => job.moveToWait(token));
    },
  };
}

/** Whether a change of a job was made; false where the job is gone, or its lease another's. */
async function ours(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (isNotYours(error)) return false;
    throw error;
  }
}

const isNotYours = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && NOT_YOURS.includes(Number(error.code));
