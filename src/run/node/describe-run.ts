import { basename, resolve } from 'node:path';
import { yosegiVersion } from '../../base/node/version.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import { graphCost } from '../../graph/cost.ts';
import { graph } from '../../graph/graph.ts';
import type { Run } from '../records.ts';
import type { OpenedModel } from './open-model.ts';
import type { Plan } from './plan.ts';
import type { TrainRunOptions } from './train-run.ts';

/** What run.json says of a training that begins. */
export async function describeRun(
  dataset: Dataset,
  options: TrainRunOptions,
  { model: built, name }: OpenedModel,
  { settings, preprocessing, task }: Plan,
): Promise<Run> {
  const { classes, items } = dataset;
  const network = task.network(built, settings.task);
  // What makes pictures is judged by several looks at each, and called for one.
  const values = task.makes ? task.ship.outputs(network, {}) : network.outputs;
  const cost = graphCost(graph(values), { N: 1 });
  return {
    format: 2,
    task: task.name,
    name: basename(resolve(options.out)),
    created: new Date().toISOString(),
    yosegi: await yosegiVersion(),
    data: resolve(options.data),
    model: name,
    overrides: { ...options.overrides },
    classes: [...classes],
    channels: built.channels,
    preprocessing,
    options: { ...settings },
    parameters: cost.parameters,
    macs: cost.macs,
    images: { train: items.train.length, val: items.val.length, test: items.test.length },
    problems: dataset.problems.map(({ file, reason }) => ({ file, reason })),
  };
}
