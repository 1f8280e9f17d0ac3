import { expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { graph } from '../graph/graph.ts';
import { createModel } from '../models/registry.ts';
import { initialValues } from '../nn/init.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { lesions } from './lesions.ts';

it.each([
  // Blocks that keep the shape, convolutions and attention; those that halve it stay.
  ['ascan-micro', ['stages.1.blocks.1', 'stages.1.blocks.2', 'stages.2.blocks.1', 'stages.2.blocks.2']],
  ['turbovit_r1', [0, 2, 4, 5, 6, 7, 8, 9, 11].map((i) => `blocks.${i}`)],
])('%s can do without its blocks that keep the shape', (model, blocks) => {
  const g = graph({ logits: createModel(model, { size: 64, classes: 3 }).logits });
  const without = lesions(g);
  expect(without.map(({ block }) => block)).toEqual(blocks);
  for (const { block, graph } of without) {
    expect(graph.outputs.get('logits')!.type.shape).toEqual(['N', 3]);
    expect(graph.nodes.some(({ scope }) => scope.startsWith(`${block}.`))).toBe(false);
    expect(graph.nodes.length).toBeLessThan(g.nodes.length);
  }
});

it('without a block the rest answers as a network that was written without it', async () => {
  const short = createModel('ascan-micro', { size: 64, classes: 3 }, { layout: 'C|C|C|C' });
  const long = createModel('ascan-micro', { size: 64, classes: 3 }, { layout: 'C|C|CT|C' });
  const g = graph({ logits: long.logits });
  const weights = initialValues(g, 3);
  const [lesion, ...others] = lesions(g);
  expect([lesion!.block, others]).toEqual(['stages.2.blocks.1', []]);
  const runtime = await nativeRuntime({ threads: 1 });
  const image = f32(
    [1, 3, 64, 64],
    Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => Math.sin(i)),
  );
  const answers = async (of: typeof g) => {
    const program = await compile(runtime, of, { constants: weights, target: 'standard' });
    const { logits } = await program.run({ image });
    await program.close();
    return [...(logits!.data as Float32Array)];
  };
  const without = await answers(lesion!.graph);
  const asWritten = await answers(graph({ logits: short.logits }));
  without.forEach((v, i) => {
    expect(v).toBeCloseTo(asWritten[i]!, 5);
  });
  expect(without).not.toEqual(await answers(g));
  await runtime.close();
});
