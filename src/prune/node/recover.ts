import type { Hooks, TrainRunResult } from '../../run/node/fit.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import { type TrainRunOptions, trainRun } from '../../run/node/train-run.ts';
import { settingsOf } from '../../run/settings.ts';

/** How a network is trained after something was taken from it. */
export interface Recovery {
  /** The run folder to write. */
  readonly out: string;
  /** Where the run's own images are. */
  readonly data: string;
  /** Epochs of training after each step. */
  readonly epochs: number;
  readonly lr?: number | undefined;
  /** Options of training that are not the run's own. */
  readonly train?: TrainRunOptions['train'];
  readonly force?: boolean | undefined;
  readonly hooks?: Hooks;
  readonly signal?: AbortSignal;
}

/**
 * Trains what is left of a run's network on the run's own pictures, as the run was trained; what was frozen there, or learned layer by layer or beside
 * layers, belongs to the network before. The pictures are split as before, as seed and shares are the same.
 */
export function recovered(
  start: Pick<TrainRunOptions, 'model' | 'overrides' | 'weights' | 'warm'>,
  { run }: LoadedRun,
  { out, data, epochs, lr, train: more, force = false, hooks, signal }: Recovery,
): Promise<TrainRunResult> {
  const { train, task, adapters: _, ...others } = settingsOf(run.options);
  const { size, ...preprocessing } = run.preprocessing;
  return trainRun({
    data,
    out,
    task: run.task,
    ...start,
    size,
    preprocessing,
    ...others,
    train: { ...train, epochs, freeze: [], probe: false, layerDecay: 1, ...(lr !== undefined && { lr }), ...more },
    taskOptions: task,
    force,
    ...(hooks && { hooks }),
    ...(signal && { signal }),
  });
}
