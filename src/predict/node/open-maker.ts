import { recoverFolder } from '../../base/node/leftovers.ts';
import { type Maker, makerOf, shippedProgram } from '../../run/node/maker.ts';
import { loadRun } from '../../run/node/run-folder.ts';
import { taskOptionsOf } from '../../run/task-options.ts';
import { type Device, openRuntime } from '../../runtime/node/open.ts';
import { taskNamed } from '../../tasks/node/registry.ts';

export interface OpenMakerOptions {
  readonly device?: Device;
  readonly threads?: number;
  readonly onNotice?: (message: string) => void;
}

/** Opens a run whose network makes pictures. */
export async function openMaker(folder: string, options: OpenMakerOptions = {}): Promise<Maker> {
  await recoverFolder(folder);
  const { run, model, weights } = await loadRun(folder);
  const task = taskNamed(run.task);
  const taskOptions = taskOptionsOf(run);
  const runtime = await openRuntime({ ...options, worker: true });
  try {
    const program = await shippedProgram(runtime, task, task.network(model, taskOptions), weights);
    const { classes, channels, preprocessing } = run;
    const maker = makerOf({ task, taskOptions, classes, channels, preprocessing, program });
    const close = async () => {
      await maker.close();
      await runtime.close();
    };
    return { ...maker, close };
  } catch (error) {
    await runtime.close();
    throw error;
  }
}
