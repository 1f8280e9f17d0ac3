import { describe, expect, it } from 'vitest';
import { gradients } from '../../autodiff/gradients.ts';
import { f32 } from '../../base/tensor.ts';
import { reduceSum } from '../../graph/build.ts';
import { graphCost } from '../../graph/cost.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import { input } from '../../graph/value.ts';
import { initialValues } from '../../nn/init.ts';
import { rootScope } from '../../nn/scope.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { testParity } from '../../testing/parity.ts';
import { publishedMacs } from '../../testing/published-macs.ts';
import { classifier } from '../model.ts';
import { createModel, modelEntry } from '../registry.ts';
import { convNextBlock } from './block.ts';

/** Against timm 1.0.31 on the same formula weights (reference/models/convnext.py). */
testParity(new URL('fixtures/', import.meta.url));

/** Parameters and MACs counted by reference/models/plain_sizes.py; GMACs of timm's tables, which count normalisations too. */
describe('ConvNeXt at 224 pixels, 1000 classes', () => {
  it.each([
    ['convnext_atto', 3_695_520, 547_332_480, '0.55'],
    ['convnext_femto', 5_217_784, 779_629_824, '0.79'],
    ['convnext_pico', 9_045_672, 1_367_055_360, '1.37'],
    ['convnext_nano', 15_593_560, 2_445_528_320, '2.46'],
    ['convnext_tiny', 28_589_128, 4_455_531_264, '4.47'],
    ['convnext_tiny_hnf', 28_589_128, 4_455_531_264, '4.47'],
    ['convnextv2_atto', 3_708_400, 547_332_480, '0.55'],
    ['convnextv2_femto', 5_233_240, 779_629_824, '0.79'],
    ['convnextv2_pico', 9_066_280, 1_367_055_360, '1.37'],
    ['convnextv2_nano', 15_623_800, 2_445_528_320, '2.46'],
    ['convnextv2_tiny', 28_635_496, 4_455_531_264, '4.47'],
  ])('%s', (name, parameters, macs, published) => {
    const cost = graphCost(classifier(createModel(name)), { N: 1 });
    expect(cost.parameters).toBe(parameters);
    expect(cost.macs).toBe(macs);
    expect((publishedMacs(cost) / 1e9).toFixed(2)).toBe(published);
  });
});

describe('convnext', () => {
  it('keeps MLP weights in four dimensions where timm does, and in two where it does', () => {
    const rank = (name: string, overrides = {}) =>
      graph({ logits: createModel(name, {}, overrides).logits }).params.find((p) =>
        nameOf(p)?.endsWith('mlp.fc1.weight'),
      )?.type.shape.length;
    expect(rank('convnextv2_nano')).toBe(4);
    expect(rank('convnextv2_tiny')).toBe(2);
    expect(rank('convnext_nano', { mlp: 'linear' })).toBe(2);
  });

  it('has its head above what the classifier reads', () => {
    const names = graph({ pooled: createModel('convnext_atto').pooled }).params.map((p) => nameOf(p));
    expect(names).toContain('head.norm.weight');
    expect(names).not.toContain('head.fc.weight');
  });

  it('begins LayerScale and response normalisation as timm', () => {
    const of = (name: string, parameter: string) =>
      initialValues(graph({ logits: createModel(name, { size: 32, classes: 2 }).logits }), 1).get(
        `stages.0.blocks.1.${parameter}`,
      )!.data[0];
    expect(of('convnext_atto', 'gamma')).toBeCloseTo(1e-6, 12);
    expect(of('convnextv2_atto', 'mlp.grn.weight')).toBe(0);
  });

  it('has finite gradients where a channel is silent', async () => {
    const x = input('x', 'float32', ['N', 4, 8, 8]);
    const make = (mlp: 'conv' | 'linear') =>
      convNextBlock(rootScope(), x, { kernel: 3, mlp, grn: true, layerScale: 1, dropPath: 0 });
    for (const y of [make('conv'), make('linear')]) {
      const loss = reduceSum(y, undefined, false);
      const { params } = graph({ loss });
      const outputs = Object.fromEntries(gradients(loss, params).map((g, i) => [`grad:${nameOf(params[i]!)}`, g]));
      const program = await compile(await nativeRuntime(), graph(outputs));
      // fc1 is zero, so every hidden channel is; the layers after it let gradients through.
      const value = (name: string) => (/fc2|grn/.test(name) ? 1 : 0);
      const weights = Object.fromEntries(
        params.map((p) => {
          const t = f32(p.type.shape as number[]);
          t.data.fill(value(nameOf(p)!));
          return [nameOf(p)!, t];
        }),
      );
      const out = await program.run({ x: f32([2, 4, 8, 8]), ...weights });
      await program.close();
      for (const [name, g] of Object.entries(out))
        expect([name, [...g.data].every(Number.isFinite)]).toEqual([name, true]);
    }
  });

  it('draws its layout and says what is wrong with a configuration', () => {
    expect(modelEntry('convnext_atto').picture({})).toBe('▣▣ 40 │ ▣▣ 80 │ ▣▣▣▣▣▣ 160 │ ▣▣ 320');
    expect(() => createModel('convnext_atto', {}, { widths: [8, 16] })).toThrow(/four widths, got .* \[8,16\]/);
    expect(() => createModel('convnext_atto', {}, { kernel: 4 })).toThrow(/odd, got 4/);
    expect(() => createModel('convnext_atto', {}, { mlp: 'dense' })).toThrow(/linear/);
  });
});
