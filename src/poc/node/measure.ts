import { type GraphCost, graphCost } from '../../graph/cost.ts';
import { graph } from '../../graph/graph.ts';
import { timeGraph } from '../../measure/time-graph.ts';
import { openModel } from '../../run/node/open-model.ts';
import { planOf, settledTask } from '../../run/node/plan.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import { preprocessingFromConfig } from '../../weights/config.ts';
import { BOX, boxEntry } from '../../weights/node/box.ts';
import type { Candidate } from '../candidate.ts';
import type { PocRecord } from '../record.ts';

/** How often a median is taken; the least counts, as whatever else the machine does only makes it larger. */
const TIMES = 3;

/** What a candidate would cost here, before it is trained. Its time does not hang on its numbers. */
export async function measured(
  candidate: Candidate,
  task: NodeTask,
  { classes, threads, trained }: PocRecord,
  runtime: Runtime,
): Promise<Pick<GraphCost, 'parameters' | 'macs'> & { readonly ms: number }> {
  const { weights, ...options } = candidate.options;
  const config = weights === undefined ? undefined : (await boxEntry(weights.slice(BOX.length))).config;
  const start = config && {
    weights: weights!,
    tensors: new Map(),
    model: config.architecture,
    input: preprocessingFromConfig(config, { size: options.size }),
  };
  const { model, settings, preprocessing } = await planOf(task, options, start);
  const { size } = preprocessing;
  const opened = await openModel(model, { size, classes: Math.max(1, classes.length) }, options.overrides, task.models);
  const settled = settledTask(task, settings, { pictures: trained, model: opened.model });
  const g = graph(task.ship.outputs(task.network(opened.model, settled), task.ship.options.parse({})));
  const { parameters, macs } = graphCost(g, { N: 1 });
  const ms: number[] = [];
  for (let i = 0; i < TIMES; i++) ms.push(await timeGraph(runtime, g, threads));
  return { parameters, macs, ms: Math.min(...ms) };
}
