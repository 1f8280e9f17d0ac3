import { expect, it } from 'vitest';
import { classify } from '../../tasks/classify/node/classify.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import { planOf } from './plan.ts';

/** A task that says something of every place of the last feature map. */
const places = {
  ...classify,
  name: 'places',
  early: undefined,
  network: (model) => {
    const map = model.stages.at(-1)!.value;
    return { model, reads: [map], outputs: { map } };
  },
} as NodeTask;

it('a model with exits is refused where the task does not answer at them', async () => {
  const options = { model: 'ascan-micro-perceiver', size: 64 };
  await expect(planOf(places, options, undefined)).rejects.toThrow(
    /ascan-micro-perceiver has exits, and the task places answers at the end: take a model without, or leave out --exits/,
  );
  expect((await planOf(places, { ...options, model: 'ascan-micro' }, undefined)).model).toBe('ascan-micro');
  expect((await planOf(classify as NodeTask, options, undefined)).model).toBe('ascan-micro-perceiver');
});
