import type { Tensor } from '../../base/tensor.ts';
import { type PretrainedConfig, type PretrainedInput, preprocessingFromConfig } from '../../weights/config.ts';
import type { FitReport } from '../../weights/fit.ts';
import { resolveWeights } from '../../weights/node/resolve.ts';
import type { Run } from '../records.ts';
import type { TrainRunOptions } from './train-run.ts';

/** Weights that a run starts from, as they are stored. */
export interface Pretrained {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly config?: PretrainedConfig;
  readonly input?: PretrainedInput;
}

/** Reads what `options.weights` names; undefined where nothing is named. */
export async function pretrained(
  options: Pick<TrainRunOptions, 'weights' | 'cache' | 'offline' | 'hooks' | 'size'>,
): Promise<Pretrained | undefined> {
  const { weights, cache, offline, hooks = {}, size } = options;
  if (weights === undefined) return undefined;
  const { tensors, config } = await resolveWeights(weights, {
    ...(cache !== undefined && { cache }),
    ...(offline !== undefined && { offline }),
    onNotice: hooks.onNotice,
    onProgress: ({ bytes, total }) => hooks.onDownload?.(bytes, total),
  });
  return { tensors, ...(config && { config, input: preprocessingFromConfig(config, { size }) }) };
}

/** What run.json says of the weights a run started from. */
export function startOf(weights: string, report: FitReport): Run['pretrained'] {
  const { loaded, resized, surplus, unused, fresh } = report;
  return {
    weights,
    loaded: loaded.length,
    resized: [...resized],
    surplus: [...surplus],
    unused: [...unused],
    fresh: [...fresh],
    headReplaced: fresh.length > 0,
  };
}
