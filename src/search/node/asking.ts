import { sha256 } from '../../base/node/sha256.ts';
import type { Crew, Probes, TimedJob } from '../job.ts';
import { type Patience, patiently, pause } from '../queue/node/patience.ts';
import type { AskedTrial, Training, TrialQueue, TrialState } from '../queue/queue.ts';
import { type Design, keyOf } from '../space.ts';
import type { Trial } from '../trial.ts';
import type { SearchRecord } from './journal.ts';

export interface AskingOptions extends Patience {
  readonly queue: TrialQueue;
  readonly record: Pick<SearchRecord, 'created' | 'data' | 'machine' | 'seed'>;
  readonly trainingOf: (design: Design) => Training;
  /** Trials that wait for a worker, so that none has to wait for the search. */
  readonly ahead?: number;
  /** Milliseconds between two looks at a trial. */
  readonly every?: number;
  /** Whether trials that nobody has begun are taken back. */
  readonly over?: () => boolean;
  readonly signal: AbortSignal;
}

/** The side of a search that asks a queue for its trainings. */
export interface Asking {
  readonly train: Probes['train'];
  readonly crew: Crew;
  /** What an earlier part of the search asked for and has not in its journal. What it has there is settled. */
  underWay(trials: readonly Trial[], cost: Probes['cost']): Promise<TimedJob[]>;
  /** To be called when a trial is in the journal of the search. */
  settle(trial: Pick<Trial, 'design' | 'rung'>): Promise<void>;
}

/**
 * Asks for a trial by a name that hangs on search, design and rung alone. So a search that was killed finds what it asked for, and what it
 * asks for twice is there once. The journal of the search is the truth; a queue that has lost a trial is asked for it again.
 */
export function asking(options: AskingOptions): Asking {
  const { queue, record, trainingOf, ahead = 2, every = 500, over = () => false, signal } = options;
  const search = sha256([record.created, record.data, record.machine, record.seed].join('\n')).slice(0, 12);
  const idOf = (design: Design, rung: number) => `${search}-${rung}-${sha256(keyOf(design)).slice(0, 16)}`;
  const waiting = new Set<string>();
  // One clock for all trials.
  let tick: Promise<void> | undefined;
  const moment = () => {
    tick ??= pause(every, signal).finally(() => {
      tick = undefined;
    });
    return tick;
  };
  const look = async (trial: AskedTrial): Promise<TrialState> => {
    const state = await queue.look(trial.id);
    if (state.kind === 'missing') await queue.ask(trial);
    return state;
  };
  const withdrawn = (id: string) => patiently('taking a trial back', () => queue.withdraw(id), options);
  return {
    crew: { free: () => waiting.size < ahead, pause: moment },
    async train({ candidate, rung, ms }, epochs, number) {
      const design = [...candidate.design];
      const training = trainingOf(design);
      const trial = { id: idOf(design, rung), search, number, design, rung, ms, epochs, training };
      waiting.add(trial.id);
      try {
        while (!signal.aborted) {
          const state = await patiently('looking for an answer', () => look(trial), options);
          if (state.kind === 'answered') {
            const { figure, seconds, leaving, problem } = state.answer;
            if (problem) options.onNotice?.(`trial ${number + 1}: ${problem}`);
            return { figure, seconds, ...(leaving && { leaving }) };
          }
          if (state.kind === 'taken') waiting.delete(trial.id);
          else waiting.add(trial.id);
          if (state.kind === 'waiting' && over() && (await withdrawn(trial.id))) return undefined;
          await moment();
        }
        return undefined;
      } finally {
        waiting.delete(trial.id);
      }
    },
    async underWay(trials, cost) {
      const done = new Set(trials.map(({ design, rung }) => idOf(design, rung)));
      const jobs: TimedJob[] = [];
      for (const { id, design, rung, ms } of await queue.asked(search)) {
        const known = await cost(design);
        if (done.has(id) || typeof known === 'string') await queue.settle(id);
        else jobs.push({ candidate: { design, ...known }, rung, ms });
      }
      return jobs;
    },
    settle: ({ design, rung }) => patiently('settling a trial', () => queue.settle(idOf(design, rung)), options),
  };
}
