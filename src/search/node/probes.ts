import { join } from 'node:path';
import { YosegiError } from '../../base/errors.ts';
import { graphCost } from '../../graph/cost.ts';
import { type Graph, graph } from '../../graph/graph.ts';
import { timeGraph } from '../../measure/time-graph.ts';
import { createModel } from '../../models/registry.ts';
import type { Hooks } from '../../run/node/fit.ts';
import { checkedTaskOptions } from '../../run/task-options.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { Probes } from '../job.ts';
import { type KeptTimes, LatencyTable } from '../latency/table.ts';
import type { Design, Space } from '../space.ts';
import type { SearchRecord } from './journal.ts';
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

/** Networks of a space, built, timed and trained on this machine. */
export function probesOf(options: ProbeOptions): Probes & { readonly parts: () => PartsTimed } {
  const { folder, record, space, runtime, kept, hooks, signal } = options;
  const task = taskNamed(record.task);
  const table = new LatencyTable(runtime, record.threads, kept);
  const network = (design: Design): Graph => {
    const { model, overrides, size } = trainingOf(record, space, design);
    const built = createModel(model, { size, classes: Math.max(1, record.classes.length) }, overrides);
    return graph(task.network(built, checkedTaskOptions(task, {})).outputs);
  };
  return {
    cost(design) {
      try {
        const { parameters, macs } = graphCost(network(design), { N: 1 });
        return { parameters, macs };
      } catch (error) {
        if (!(error instanceof YosegiError)) throw error;
        return error.message;
      }
    },
    expect: (design) => table.expect(network(design)),
    parts: () => table.from,
    time: (design) => timeGraph(runtime, network(design), record.threads),
    async train({ candidate }, epochs, number) {
      const trained = await trainTrial(trainingOf(record, space, candidate.design), {
        epochs,
        out: join(folder, 'trials', String(number)),
        hooks,
        ...(signal && { signal }),
      });
      if (trained?.problem) hooks.onNotice?.(`trial ${number + 1}: ${trained.problem}`);
      return trained;
    },
  };
}
