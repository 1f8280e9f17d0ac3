import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { isFileAt } from '../../base/node/there.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { Model } from '../../models/model.ts';
import { createModel } from '../../models/registry.ts';
import { isModelFolder, openModel } from '../../run/node/open-model.ts';
import { loadRun, readRun } from '../../run/node/run-folder.ts';
import type { Run } from '../../run/records.ts';
import { resolveWeights } from '../../weights/node/resolve.ts';

/** A backbone by what a user calls it: weights (a box name, a file, a folder, an id of the hub), a run folder, an imported model. */
export interface Base {
  readonly kind: 'weights' | 'run' | 'model';
  readonly where: string;
  /** The model folder that its network is in, where it is none of the registry. */
  readonly source?: string;
}

/** What a backbone's name means. */
export async function baseAt(where: string): Promise<Base> {
  if (await isModelFolder(where)) return { kind: 'model', where, source: where };
  if (!(await isFileAt(join(where, 'run.json')))) return { kind: 'weights', where };
  const { source } = await readRun(where);
  return { kind: 'run', where, ...(source !== undefined && { source: join(where, source) }) };
}

/** The plain model of a run that was adapted from this backbone, and the backbone's tensors as they are stored. */
export async function openBase(
  { kind, where, source }: Base,
  run: Run,
): Promise<{ readonly model: Model; readonly tensors: ReadonlyMap<string, Tensor> }> {
  const options = { size: run.preprocessing.size, classes: Math.max(1, run.classes.length), channels: run.channels };
  check((source === undefined) === (run.source === undefined), () =>
    run.source === undefined
      ? `${where} is an imported model, or a run of one, and the diff belongs to ${run.model} with the weights ${run.pretrained?.weights ?? ''}`
      : `the diff belongs to an imported model: give the folder that 'yosegi import' or 'yosegi prune' wrote, or the run of it`,
  );
  const opened = source === undefined ? undefined : await openModel(source, options, run.overrides);
  const model = opened?.model ?? createModel(run.model, options, run.overrides);
  if (kind === 'run') return { model, tensors: (await loadRun(where)).weights };
  return { model, tensors: opened?.imported?.weights ?? (await resolveWeights(where)).tensors };
}
