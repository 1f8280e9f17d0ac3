import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { graphCost } from '../../graph/cost.ts';
import { type Graph, graph } from '../../graph/graph.ts';
import { timeGraph } from '../../measure/time-graph.ts';
import { createModel } from '../../models/registry.ts';
import type { Hooks } from '../../run/node/fit.ts';
import { trainRun } from '../../run/node/train-run.ts';
import { checkedTaskOptions } from '../../run/task-options.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { LatencyTable } from '../latency/table.ts';
import type { Probes } from '../search.ts';
import { type Design, type Space, settle } from '../space.ts';
import type { SearchRecord } from './journal.ts';

export interface ProbeOptions {
  readonly folder: string;
  readonly record: SearchRecord;
  readonly space: Space;
  readonly runtime: Runtime;
  readonly hooks: Hooks;
  readonly signal?: AbortSignal;
}

/** What is trained and timed of a design. */
export function trainingOf({ data, task, train, size }: SearchRecord, space: Space, design: Design) {
  const { model, overrides, size: own } = settle(space, design);
  return { data, task, model, overrides, size: own ?? size, train, scratch: true };
}

/** Networks of a space, built, timed and trained on this machine. */
export function probesOf({ folder, record, space, runtime, hooks, signal }: ProbeOptions): Probes {
  const task = taskNamed(record.task);
  const table = new LatencyTable(runtime, record.threads);
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
    time: (design) => timeGraph(runtime, network(design), record.threads),
    async train(design, epochs, number) {
      const out = join(folder, 'trials', String(number));
      try {
        const { result } = await trainRun({
          ...trainingOf(record, space, design),
          // Judged once, at the end of its own schedule.
          train: { ...record.train, epochs, evalEvery: epochs, warmup: Math.min(1, epochs / 4) },
          out,
          force: true,
          hooks,
          ...(signal && { signal }),
        });
        if (result.reason === 'stopped') return undefined;
        return result.best?.figures[task.figures[0]!.name] ?? 0;
      } catch (error) {
        // One that cannot be trained is worth nothing; the search goes on.
        if (!(error instanceof YosegiError) || signal?.aborted) throw error;
        hooks.onNotice?.(`trial ${number}: ${messageOf(error)}`);
        return 0;
      } finally {
        await rm(out, { recursive: true, force: true });
      }
    },
  };
}
