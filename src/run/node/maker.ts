import type { Tensor } from '../../base/tensor.ts';
import { graph } from '../../graph/graph.ts';
import { compile, type Program, type Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { Network, Task } from '../../tasks/task.ts';
import { inputShape } from '../latents.ts';
import { type Maker, makerOf } from '../maker.ts';
import type { Run } from '../records.ts';
import { taskOptionsOf } from '../task-options.ts';
import { openStage } from './autoencoder/first-stage.ts';
import { networkOf } from './network-of.ts';
import type { LoadedRun } from './run-folder.ts';

/** A maker with the shipped network of a run as its program. */
export function runMaker(run: Run, program: Program, decoder?: Program): Maker {
  const { classes, preprocessing } = run;
  return makerOf({
    ...{ task: taskNamed(run.task), taskOptions: taskOptionsOf(run) },
    ...{ classes, preprocessing, program, shape: inputShape(run) },
    ...(decoder && { decoder }),
  });
}

/** A maker with a run's best weights. */
export async function bestMaker(loaded: LoadedRun, runtime: Runtime): Promise<Maker> {
  const { folder, run, weights } = loaded;
  const program = await shippedProgram(runtime, taskNamed(run.task), networkOf(loaded), weights);
  return runMaker(run, program, await openStage(folder, run, runtime, 'decoder'));
}

/** The program of a task's network as it is shipped, with these weights. */
export const shippedProgram = (
  runtime: Runtime,
  task: Task,
  network: Network,
  weights: ReadonlyMap<string, Tensor<'float32'>>,
): Promise<Program> =>
  compile(runtime, graph(task.ship.outputs(network, {})), { constants: weights, target: 'standard' });
