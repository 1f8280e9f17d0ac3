import { graph } from '../../graph/graph.ts';
import { shipped } from '../../graph/shipped.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { inputShape } from '../latents.ts';
import { openLooks } from '../looks.ts';
import { type Maker, type MakerPrograms, makerOf } from '../maker.ts';
import type { Run } from '../records.ts';
import { taskOptionsOf } from '../task-options.ts';
import { openStage } from './autoencoder/first-stage.ts';
import { openCaptionReader, type Trained } from './captions/open.ts';
import { networkOf } from './network-of.ts';
import type { LoadedRun } from './run-folder.ts';

/** A maker with the shipped network of a run as its program. */
export function runMaker(run: Run, programs: MakerPrograms): Maker {
  const { classes, preprocessing } = run;
  return makerOf({
    ...{ task: taskNamed(run.task), taskOptions: taskOptionsOf(run) },
    ...{ classes, preprocessing, shape: inputShape(run), ...programs },
  });
}

/** A maker with these weights of a run's network. */
export async function makerWith(folder: string, run: Run, runtime: Runtime, trained: Trained): Promise<Maker> {
  const { task, network, weights } = trained;
  const as = shipped(graph(task.ship.outputs(network, {})), weights);
  return runMaker(run, {
    ...(await openLooks(runtime, as.graph, as.weights)),
    decoder: await openStage(folder, run, runtime, 'decoder'),
    captions: await openCaptionReader(folder, run, runtime, trained),
  });
}

/** A maker with a run's best weights. */
export async function bestMaker(loaded: LoadedRun, runtime: Runtime): Promise<Maker> {
  const { folder, run, weights } = loaded;
  return makerWith(folder, run, runtime, { task: taskNamed(run.task), network: networkOf(loaded), weights });
}
