import { expect, it } from 'vitest';
import { f32, type Tensor } from '../base/tensor.ts';
import { graph, nameOf } from '../graph/graph.ts';
import { shipped } from '../graph/shipped.ts';
import { captioned } from '../models/denoiser/captioned.ts';
import { createDenoiser } from '../models/denoisers.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { PREDICTION } from '../tasks/generate/make.ts';
import { formulaInput, formulaWeights } from '../testing/formula.ts';
import { called, openLooks } from './looks.ts';

const size = 32;
const unet = { patch: 4, widths: [16, 24, 32], headDim: 8, condition: 32, groups: 8 };
const models = {
  'AsCAN of classes': () => createDenoiser('ascan-unet-nano', { size, classes: 3 }, unet),
  'DiT of classes': () => createDenoiser('dit-nano', { size, classes: 3 }, { width: 32, depth: 2, heads: 2 }),
  'AsCAN of captions': () =>
    captioned(createDenoiser('ascan-unet-nano', { size, classes: 1 }, unet), {
      shape: { length: 6, width: 20 },
      textQuery: false,
    }),
};

it.for(Object.entries(models))('%s: what it is told ahead changes no number', async ([, make]) => {
  const g = graph({ [PREDICTION]: make().logits });
  const as = shipped(g, formulaWeights(g));
  const runtime = await nativeRuntime({ threads: 1 });
  const whole = await compile(runtime, as.graph, { constants: as.weights, target: 'standard' });
  const two = await openLooks(runtime, as.graph, as.weights);
  expect(two.teller).toBeDefined();
  expect(two.program.inputs).not.toContain('time');
  const looks = called(two.program, two.teller);
  const rows = 3;
  const feeds: Record<string, Tensor> = Object.fromEntries(
    g.inputs.map((v) => {
      const name = nameOf(v)!;
      const shape = [rows, ...v.type.shape.slice(1)] as number[];
      return [
        name,
        v.type.dtype === 'int64'
          ? { dtype: 'int64', shape, data: BigInt64Array.of(0n, 2n, 3n) }
          : formulaInput(name, shape),
      ];
    }),
  );
  if (feeds.mask)
    feeds.mask = f32(
      [rows, 6],
      Array.from({ length: 6 * rows }, (_, i) => Number(i % 6 < 3)),
    );
  const { image, ...told } = feeds;
  const answer = await looks.look({ image: image!, ...(await looks.tell!(told)) });
  expect(answer[PREDICTION]).toEqual((await whole.run(feeds))[PREDICTION]);
  for (const p of [whole, two.program, two.teller!]) await p.close();
});
