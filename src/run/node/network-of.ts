import { answering, type Network } from '../../models/network.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { taskOptionsOf } from '../task-options.ts';
import type { LoadedRun } from './run-folder.ts';

/** The task's head on a run's model; of an imported detector or segmenter, what it answers itself. */
export function networkOf({ run, model }: Pick<LoadedRun, 'run' | 'model'>): Network {
  return model.answers ? answering(model, model.answers) : taskNamed(run.task).network(model, taskOptionsOf(run));
}
