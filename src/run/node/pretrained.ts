import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { isFileAt } from '../../base/node/there.ts';
import type { Tensor } from '../../base/tensor.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import { splitOverrides } from '../../models/dynamic-perceiver/beside.ts';
import type { Network } from '../../models/network.ts';
import { initialValue } from '../../nn/init.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import { type PretrainedInput, preprocessingFromConfig } from '../../weights/config.ts';
import { type FitReport, fitWeights } from '../../weights/fit.ts';
import { BOX, boxEntry, DEFAULT_WEIGHTS } from '../../weights/node/box.ts';
import { resolveWeights } from '../../weights/node/resolve.ts';
import { type CarriedTable, carriedTables, type RowNames } from '../../weights/tables.ts';
import type { Run } from '../records.ts';
import { openRunTokenizer } from './captions/files.ts';
import { loadRun } from './run-folder.ts';
import type { TrainRunOptions } from './train-run.ts';

/** Weights that a run starts from, as they are stored. */
export interface Pretrained {
  /** As they are called. */
  readonly weights: string;
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The network that they are for, where that is said: its name, or the model folder that a run of an imported one keeps. */
  readonly model?: string;
  /** What of it is not as it is by itself. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly input?: PretrainedInput;
  /** What the rows of its tables stand for, where that is known. */
  readonly rows?: RowNames;
  /** Options of training that go with them where nothing else is said; only of those that nobody named. */
  readonly fineTune?: Readonly<Record<string, unknown>>;
}

type Start = Pick<
  TrainRunOptions,
  'weights' | 'scratch' | 'model' | 'overrides' | 'cache' | 'offline' | 'hooks' | 'size'
>;

/** The weights that a training starts from: those named; where no model is either, the box's; undefined from scratch. */
function weightsFor(
  { weights, scratch, model, overrides = {} }: Start,
  task: NodeTask | undefined,
): string | undefined {
  check(!(weights !== undefined && scratch), 'from scratch means without weights: leave out one of them');
  const ownModel = task?.models !== undefined || Object.keys(splitOverrides(overrides).own).length > 0;
  return weights ?? (model === undefined && !ownModel && !scratch ? DEFAULT_WEIGHTS : undefined);
}

/** Reads what a training starts from; undefined from scratch. `task` is the one that is named, if any. */
export async function pretrained(options: Start, task: NodeTask | undefined): Promise<Pretrained | undefined> {
  const { cache, offline, hooks = {}, size } = options;
  const weights = weightsFor(options, task);
  if (weights === undefined) return undefined;
  if (await isFileAt(join(weights, 'run.json'))) return ofRun(weights);
  const { tensors, config } = await resolveWeights(weights, {
    ...(cache !== undefined && { cache }),
    ...(offline !== undefined && { offline }),
    onNotice: hooks.onNotice,
    onProgress: ({ bytes, total }) => hooks.onDownload?.(bytes, total),
  });
  const byDefault = options.weights === undefined;
  return {
    weights,
    tensors,
    ...(config && { model: config.architecture, input: preprocessingFromConfig(config, { size }) }),
    ...(byDefault && { fineTune: (await boxEntry(weights.slice(BOX.length))).fineTune }),
  };
}

/** How stored weights fit a network. */
interface Fit {
  readonly weights: Map<string, Tensor<'float32'>>;
  readonly report: FitReport;
  readonly carried: readonly CarriedTable[];
}

/** Fits the weights of a start to a network whose tables have rows of these names; new rows begin as the seed says. */
export function fitStart({ tensors, rows = {} }: Pretrained, network: Network, after: RowNames, seed: number): Fit {
  const params = new Map(graph(network.outputs).params.map((p) => [nameOf(p)!, p]));
  const first = (name: string) => {
    const p = params.get(name);
    return p && initialValue(p, seed);
  };
  const told = carriedTables(network.tables ?? [], tensors, { before: rows, after, first });
  return { ...fitWeights(network, told.tensors), carried: told.carried };
}

/** Names of the rows of tables for these classes, and for the tokens of who reads captions, where somebody does. */
export const rowNames = (classes: readonly string[], tokens?: readonly string[]): RowNames => ({
  class: [...classes, ''],
  ...(tokens && { token: tokens }),
});

/** The weights of a run, with its network and its input; what adapters have learned is merged. */
async function ofRun(folder: string): Promise<Pretrained> {
  const { run, weights } = await loadRun(folder);
  const { overrides, preprocessing, classes, captions, source } = run;
  const model = source === undefined ? run.model : join(folder, source);
  const rows = rowNames(classes, captions && (await openRunTokenizer(folder, run)).tokens);
  return { weights: folder, tensors: weights, model, overrides, input: preprocessing, rows };
}

/** What run.json says of the weights a run started from. */
export function startOf({ weights }: Pretrained, { report, carried }: Fit): Run['pretrained'] {
  const { loaded, resized, surplus, unused, fresh, entrances } = report;
  return {
    weights,
    loaded: loaded.length,
    resized: [...resized],
    surplus: [...surplus],
    unused: [...unused],
    fresh: [...fresh, ...entrances],
    ...(carried.length > 0 && { carried: [...carried] }),
    headReplaced: fresh.length > 0,
  };
}
