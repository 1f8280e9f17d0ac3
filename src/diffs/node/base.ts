import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { isFileAt } from '../../base/node/there.ts';
import { floatsOf, type Tensor } from '../../base/tensor.ts';
import type { Model } from '../../models/model.ts';
import { createModel } from '../../models/registry.ts';
import { isModelFolder, openModel } from '../../run/node/open-model.ts';
import { readRun } from '../../run/node/run-folder.ts';
import { weightsFile } from '../../run/node/stamped.ts';
import type { Run } from '../../run/records.ts';
import { resolveWeights } from '../../weights/node/resolve.ts';
import { readSealed } from '../../weights/node/sealed.ts';

/** A backbone by what a user calls it: weights (a box name, a file, a folder, an id of the hub), a run folder, an imported model. */
export interface Base {
  readonly kind: 'weights' | 'run' | 'model';
  readonly where: string;
}

/** What a backbone's name means. */
export async function baseAt(where: string): Promise<Base> {
  if (await isModelFolder(where)) return { kind: 'model', where };
  return { kind: (await isFileAt(join(where, 'run.json'))) ? 'run' : 'weights', where };
}

/** The plain model of a run that was adapted from this backbone, and the backbone's tensors as they are stored. */
export async function openBase(
  { kind, where }: Base,
  run: Run,
): Promise<{ readonly model: Model; readonly tensors: ReadonlyMap<string, Tensor> }> {
  const options = { size: run.preprocessing.size, classes: Math.max(1, run.classes.length), channels: run.channels };
  check((kind === 'model') === (run.source !== undefined), () =>
    run.source === undefined
      ? `${where} is an imported model, and the diff belongs to ${run.model} with the weights ${run.pretrained?.weights ?? ''}`
      : `the diff belongs to an imported model: give the folder that 'yosegi import' wrote`,
  );
  if (kind === 'model') {
    const opened = await openModel(where, options, run.overrides);
    return { model: opened.model, tensors: opened.imported!.weights };
  }
  const model = createModel(run.model, options, run.overrides);
  if (kind === 'run') {
    const { tensors } = await readSealed(weightsFile(where, await readRun(where)), { must: false });
    return { model, tensors: floatsOf(tensors) };
  }
  return { model, tensors: (await resolveWeights(where)).tensors };
}
