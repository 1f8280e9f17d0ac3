import { afterAll, expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { f32 } from '../base/tensor.ts';
import { createModel } from '../models/registry.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import type { Batch } from '../tasks/batch.ts';
import { classify } from '../tasks/classify/classify.ts';
import { zeroCost } from './zero-cost.ts';

const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.close());

const rng = random(1, 'pictures');
const images = f32([4, 3, 32, 32]);
images.data.forEach((_, i) => {
  images.data[i] = rng.normal();
});
const targets = f32([4, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0]);
const batch: Batch<number> = {
  images,
  targets: { targets },
  truths: [0, 1, 2, 0],
  placements: [],
  indices: Uint32Array.of(0, 1, 2, 3),
  views: Uint32Array.of(1, 1, 1, 1),
};
const small = { stem: 8, widths: [8, 8, 16, 16], headDim: 8 };
const scoresOf = (layout: string, seed = 0) => {
  const network = classify.network(createModel('ascan-micro', { size: 32, classes: 3 }, { ...small, layout }), {});
  return zeroCost({ runtime, task: classify, network, classes: 3, batch, seed, threads: 1 });
};

it('scores are numbers, hang on the seed alone, and a deeper network lets more flow', async () => {
  const [one, again, other, deep] = [
    await scoresOf('C|CT|C|C'),
    await scoresOf('C|CT|C|C'),
    await scoresOf('C|CT|C|C', 1),
    await scoresOf('C|CCT|C|C'),
  ];
  for (const score of Object.values(one)) expect(Number.isFinite(score)).toBe(true);
  expect(again).toEqual(one);
  expect(other.snip).not.toBe(one.snip);
  expect(deep.synflow).toBeGreaterThan(one.synflow);
});
