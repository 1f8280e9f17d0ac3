import { rm } from 'node:fs/promises';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { isOfSystem } from '../../base/node/of-system.ts';
import type { Overrides } from '../../models/registry.ts';
import type { Hooks } from '../../run/node/fit.ts';
import { trainRun } from '../../run/node/train-run.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { TrainOptions } from '../../train/options.ts';
import type { Trained } from '../job.ts';
import type { Training } from '../queue/queue.ts';
import { type Space, settle } from '../space.ts';
import type { SearchRecord } from './journal.ts';

/** What is trained of a design: the same for its trials and, should it win, for its own training. */
export function trainingOf({ data, task, train, size }: SearchRecord, space: Space, design: readonly number[]) {
  const { model, overrides, size: own } = settle(space, design);
  return { data, task, model, overrides: { ...overrides }, size: own ?? size, train };
}

export interface TrialOptions {
  readonly epochs: number;
  /** A folder for the run, which is gone afterwards. */
  readonly out: string;
  readonly hooks?: Hooks;
  readonly signal?: AbortSignal;
}

/**
 * Trains a design for a trial: from random weights, judged once, at the end of a schedule of its own. Undefined where it was stopped. A design
 * that cannot be trained gives 0 and words.
 * @throws where the machine is why it cannot be trained
 */
export async function trainTrial(
  { task: named, overrides, train, ...training }: Training,
  { epochs, out, hooks, signal }: TrialOptions,
): Promise<(Trained & { readonly problem?: string }) | undefined> {
  const task = taskNamed(named);
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  try {
    const { result } = await trainRun({
      ...training,
      task: named,
      overrides: overrides as Overrides,
      scratch: true,
      train: { ...(train as Partial<TrainOptions>), epochs, evalEvery: epochs, warmup: Math.min(1, epochs / 4) },
      out,
      force: true,
      ...(hooks && { hooks }),
      ...(signal && { signal }),
    });
    if (result.reason === 'stopped') return undefined;
    return { figure: result.best?.figures[task.figures[0]!.name] ?? 0, seconds: seconds() };
  } catch (error) {
    // One that cannot be trained is worth nothing; the search goes on. A full disk says nothing of the design.
    if (!(error instanceof YosegiError) || isOfSystem(error) || signal?.aborted) throw error;
    return { figure: 0, seconds: seconds(), problem: messageOf(error) };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
