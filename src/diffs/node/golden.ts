import { patterns } from '../../bundle/golden.ts';
import { trainedOutputs } from '../../bundle/node/models.ts';
import { normalised } from '../../data/preprocess.ts';
import { nameOf } from '../../graph/graph.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import type { Runtime, Tensors } from '../../runtime/runtime.ts';

/** What a network answers on drawn patterns: the same inputs on every machine, so that only answers need to be kept. */
export function goldenOutputs(runtime: Runtime, loaded: LoadedRun, images: number): Promise<Tensors> {
  const { run, model } = loaded;
  const drawn = normalised(patterns(images, model.size), run.preprocessing);
  return trainedOutputs(runtime, loaded, { [nameOf(model.image)!]: drawn }, {});
}
