import { join } from 'node:path';
import { YosegiError } from '../../base/errors.ts';
import { graphCost } from '../../graph/cost.ts';
import { type Graph, graph } from '../../graph/graph.ts';
import { memoryOf } from '../../measure/memory-of.ts';
import { timeGraph } from '../../measure/time-graph.ts';
import type { Model } from '../../models/model.ts';
import type { Hooks } from '../../run/node/fit.ts';
import { checkedTaskOptions } from '../../run/task-options.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { Probes } from '../job.ts';
import { type KeptTimes, LatencyTable } from '../latency/table.ts';
import { type Design, keyOf, type Space } from '../space.ts';
import { designOpener } from './design-opener.ts';
import type { SearchRecord } from './journal.ts';
import { timeLeaving } from './time-leaving.ts';
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

/** Reasons why designs cannot be built that are told, each once. */
const MOST_TOLD = 5;

/** Networks of a space, built, timed and trained on this machine. */
export function probesOf(options: ProbeOptions): Probes & { readonly parts: () => PartsTimed } {
  const { folder, record, space, runtime, kept, hooks, signal } = options;
  const task = taskNamed(record.task);
  const starts = join(folder, STARTS);
  const table = new LatencyTable(runtime, record.threads, kept);
  const open = designOpener(task, starts);
  const told = new Set<string>();
  const modelFor = async (design: Design): Promise<Model> => {
    const training = trainingOf(record, space, design);
    return open(training, { size: training.size, classes: Math.max(1, record.classes.length) });
  };
  const network = async (design: Design): Promise<Graph> =>
    graph(task.network(await modelFor(design), checkedTaskOptions(task, {})).outputs);
  const exitTimes = new Map<string, Promise<readonly number[] | undefined>>();
  const timeExits = (design: Design) => {
    const key = keyOf(design);
    const times = exitTimes.get(key) ?? modelFor(design).then((model) => timeLeaving(runtime, model, record.threads));
    exitTimes.set(key, times);
    return times;
  };
  return {
    async cost(design) {
      try {
        const built = await network(design);
        const { parameters, macs } = graphCost(built, { N: 1 });
        return { parameters, macs, ...(record.limits.memory !== undefined && { memory: memoryOf(built) }) };
      } catch (error) {
        if (!(error instanceof YosegiError)) throw error;
        // A value of a choice that can never be built is worth knowing of.
        const first = told.size < MOST_TOLD && !told.has(error.message);
        if (first) hooks.onNotice?.(`designs that cannot be built are left out: ${error.message}`);
        told.add(error.message);
        return error.message;
      }
    },
    expect: async (design) => table.expect(await network(design)),
    parts: () => table.from,
    time: async (design) =>
      (await timeExits(design))?.at(-1) ?? timeGraph(runtime, await network(design), record.threads),
    timeExits,
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
