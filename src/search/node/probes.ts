import { join } from 'node:path';
import { check, YosegiError } from '../../base/errors.ts';
import { graphCost } from '../../graph/cost.ts';
import { type Graph, graph } from '../../graph/graph.ts';
import { memoryOf } from '../../measure/memory-of.ts';
import { timeGraph } from '../../measure/time-graph.ts';
import type { Model, ModelOptions } from '../../models/model.ts';
import { createModel, type Overrides } from '../../models/registry.ts';
import type { Hooks } from '../../run/node/fit.ts';
import { openModel } from '../../run/node/open-model.ts';
import { pretrained } from '../../run/node/pretrained.ts';
import { checkedTaskOptions } from '../../run/task-options.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Probes } from '../job.ts';
import { type KeptTimes, LatencyTable } from '../latency/table.ts';
import type { Training } from '../queue/queue.ts';
import type { Design, Space } from '../space.ts';
import type { SearchRecord } from './journal.ts';
import { startIn } from './start.ts';
import { trainingOf, trainTrial } from './train-trial.ts';

export interface ProbeOptions {
  readonly folder: string;
  readonly record: SearchRecord;
  readonly space: Space;
  readonly runtime: Runtime;
  /** Times of parts that were measured on this machine before. */
  readonly kept?: KeptTimes;
  readonly hooks: Hooks;
  readonly signal?: AbortSignal;
}

/** How many parts of networks were taken from what was measured on this machine before, and how many were timed now. */
export interface PartsTimed {
  readonly kept: number;
  readonly measured: number;
}

/** Where in a search's folder networks lie that lost channels before they are trained. */
export const STARTS = 'starts';

/** Networks of a space, built, timed and trained on this machine. */
export function probesOf(options: ProbeOptions): Probes & { readonly parts: () => PartsTimed } {
  const { folder, record, space, runtime, kept, hooks, signal } = options;
  const task = taskNamed(record.task);
  const starts = join(folder, STARTS);
  const table = new LatencyTable(runtime, record.threads, kept);
  const opened = kinds(task, starts);
  const told = new Set<string>();
  const network = async (design: Design): Promise<Graph> => {
    const training = trainingOf(record, space, design);
    const model = await opened(training, { size: training.size, classes: Math.max(1, record.classes.length) });
    return graph(task.network(model, checkedTaskOptions(task, {})).outputs);
  };
  return {
    async cost(design) {
      try {
        const built = await network(design);
        const { parameters, macs } = graphCost(built, { N: 1 });
        return { parameters, macs, ...(record.limits.memory !== undefined && { memory: memoryOf(built) }) };
      } catch (error) {
        if (!(error instanceof YosegiError)) throw error;
        // Once for each reason: a value of a choice that can never be built is worth knowing of.
        if (!told.has(error.message)) hooks.onNotice?.(`designs that cannot be built are left out: ${error.message}`);
        told.add(error.message);
        return error.message;
      }
    },
    expect: async (design) => table.expect(await network(design)),
    parts: () => table.from,
    time: async (design) => timeGraph(runtime, await network(design), record.threads),
    async train({ candidate }, epochs, number) {
      const trained = await trainTrial(trainingOf(record, space, candidate.design), {
        epochs,
        out: join(folder, 'trials', String(number)),
        starts,
        hooks,
        ...(signal && { signal }),
      });
      if (trained?.problem) hooks.onNotice?.(`trial ${number + 1}: ${trained.problem}`);
      return trained;
    },
  };
}

/** Opens the networks of designs. What weights are for is looked up once. */
function kinds(task: NodeTask, starts: string) {
  const known = new Map<string, ReturnType<typeof pretrained>>();
  return async (training: Omit<Training, 'data' | 'train'>, options: ModelOptions): Promise<Model> => {
    const { model, weights, scratch } = await startIn(training, starts);
    const start = weights === undefined ? undefined : (known.get(weights) ?? pretrained({ model, weights }, task));
    if (weights !== undefined && start) known.set(weights, start);
    const { model: own, overrides } = (await start) ?? {};
    const name = model ?? own;
    check(name !== undefined, () => `${weights} does not say which network it is for: give the space a "model"`);
    const all = { ...overrides, ...(training.overrides as Overrides) };
    return scratch ? createModel(name, options, all) : (await openModel(name, options, all)).model;
  };
}
