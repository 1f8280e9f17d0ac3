import { patterns } from '../../bundle/golden.ts';
import { normalised } from '../../data/preprocess.ts';
import { graph } from '../../graph/graph.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import { taskOptionsOf } from '../../run/task-options.ts';
import { compile, type Runtime, type Tensors } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';

/** What a network answers on drawn patterns: the same inputs on every machine, so that only answers need to be kept. */
export async function goldenOutputs(runtime: Runtime, loaded: LoadedRun, images: number): Promise<Tensors> {
  const { run, model, weights } = loaded;
  const task = taskNamed(run.task);
  const g = graph(task.ship.outputs(task.network(model, taskOptionsOf(run)), {}));
  const program = await compile(runtime, g, { constants: weights, target: 'standard' });
  try {
    return await program.run({ [program.inputs[0]!]: normalised(patterns(images, model.size), run.preprocessing) });
  } finally {
    await program.close();
  }
}
