import { check } from '../../base/errors.ts';
import type { Model, ModelOptions } from '../../models/model.ts';
import { createModel, type Overrides } from '../../models/registry.ts';
import { openModel } from '../../run/node/open-model.ts';
import { pretrained } from '../../run/node/pretrained.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Training } from '../queue/queue.ts';
import { startIn } from './start.ts';

/** Opens the networks of designs, as they are before they are trained. What weights are for is looked up once. */
export function designOpener(task: NodeTask, starts: string) {
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
