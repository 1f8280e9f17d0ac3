import { rm } from 'node:fs/promises';
import { adapterOptions } from '../../adapters/options.ts';
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
import { leavingOf } from './leaving.ts';
import { startIn } from './start.ts';

/** What is trained of a design: the same for its trials and, should it win, for its own training. */
export function trainingOf({ data, task, train, size }: SearchRecord, space: Space, design: readonly number[]) {
  const { overrides, size: own, ...rest } = settle(space, design);
  return { data, task, ...rest, overrides: { ...overrides }, size: own ?? size, train };
}

/** A training as `trainRun` takes it. What is left of a network that loses channels first lies in `starts` then. */
export async function optionsOf({ model, weights, keep, adapters, overrides, ...rest }: Training, starts: string) {
  const start = await startIn({ model, weights, keep, size: rest.size }, starts);
  return {
    ...rest,
    ...start,
    overrides: overrides as Overrides,
    ...(adapters && { adapters: adapterOptions(adapters) }),
  };
}

export interface TrialOptions {
  readonly epochs: number;
  /** A folder for the run, which is gone afterwards. */
  readonly out: string;
  /** A folder for networks that lose channels before they are trained. */
  readonly starts: string;
  readonly hooks?: Hooks;
  readonly signal?: AbortSignal;
}

/**
 * Trains a design for a trial: from what its space says, judged once, at the end of a schedule of its own. Undefined where it was stopped. A design
 * that cannot be trained gives 0 and words.
 * @throws where the machine is why it cannot be trained
 */
export async function trainTrial(
  training: Training,
  { epochs, out, starts, hooks, signal }: TrialOptions,
): Promise<(Trained & { readonly problem?: string }) | undefined> {
  const task = taskNamed(training.task);
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  try {
    const { train, ...options } = await optionsOf(training, starts);
    const { result } = await trainRun({
      ...options,
      train: { ...(train as Partial<TrainOptions>), epochs, evalEvery: epochs, warmup: Math.min(1, epochs / 4) },
      out,
      force: true,
      ...(hooks && { hooks }),
      ...(signal && { signal }),
    });
    if (result.reason === 'stopped') return undefined;
    const left = await leavingOf(out, (train as Partial<TrainOptions>).threads);
    const figure = left?.accuracy ?? result.best?.figures[task.figures[0]!.name] ?? 0;
    return { figure, seconds: seconds(), ...(left && { leaving: left.shares }) };
  } catch (error) {
    // One that cannot be trained is worth nothing; the search goes on. A full disk says nothing of the design.
    if (!(error instanceof YosegiError) || isOfSystem(error) || signal?.aborted) throw error;
    return { figure: 0, seconds: seconds(), problem: messageOf(error) };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
