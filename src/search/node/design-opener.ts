import { check } from '../../base/errors.ts';
import type { Model, ModelOptions } from '../../models/model.ts';
import { createModel, type Overrides } from '../../models/registry.ts';
import { openModel } from '../../run/node/open-model.ts';
import { pretrained } from '../../run/node/pretrained.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Training } from '../queue/queue.ts';
import { startIn } from './start.ts';

/**
 * Opens the networks of designs, as they are before they are trained. Those that start from weights are few, and reading or pruning these takes
 * time: each is opened once, whatever is learned beside it.
 */
export function designOpener(task: NodeTask, starts: string) {
  const known = new Map<string, Promise<Model>>();
  return (training: Omit<Training, 'data' | 'train'>, options: ModelOptions): Promise<Model> | Model => {
    const { model, weights, keep, size } = training;
    const overrides = training.overrides as Overrides;
    if (weights === undefined) return createModel(modelOf(model, weights), options, overrides);
    const key = JSON.stringify([model, weights, keep, size, overrides]);
    const opened = known.get(key) ?? openStart(training, options, task, starts);
    known.set(key, opened);
    return opened;
  };
}

async function openStart(
  training: Omit<Training, 'data' | 'train'>,
  options: ModelOptions,
  task: NodeTask,
  starts: string,
): Promise<Model> {
  const { model, weights } = await startIn(training, starts);
  const start = weights === undefined ? undefined : await pretrained({ model, weights }, task);
  const name = modelOf(model ?? start?.model, training.weights);
  return (await openModel(name, options, { ...start?.overrides, ...(training.overrides as Overrides) })).model;
}

function modelOf(name: string | undefined, weights: string | undefined): string {
  check(name !== undefined, () => `${weights} does not say which network it is for: give the space a "model"`);
  return name;
}
