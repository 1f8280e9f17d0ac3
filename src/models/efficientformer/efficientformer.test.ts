import { describe, expect, it } from 'vitest';
import { f32 } from '../../base/tensor.ts';
import { readAttributes } from '../../graph/attributes.ts';
import { graphCost } from '../../graph/cost.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import { initialValues } from '../../nn/init.ts';
import { testParity } from '../../testing/parity.ts';
import { publishedMacs } from '../../testing/published-macs.ts';
import { classifier, type Model } from '../model.ts';
import { createModel, modelEntry } from '../registry.ts';

/** Against timm on the same formula weights. */
testParity(new URL('fixtures/', import.meta.url));

const names = (model: Model) => graph({ logits: model.logits }).params.map((p) => nameOf(p)!);

/** Parameters counted by timm; GMACs of its result table, which counts normalisations too. */
describe('EfficientFormer at 224 pixels, 1000 classes', () => {
  it.each([
    ['efficientformer_l1', 12_289_928, 1_291_284_736, 1.3],
    ['efficientformer_l3', 31_406_000, 3_906_573_312, 3.93],
    ['efficientformer_l7', 82_229_328, 10_119_325_696, 10.17],
  ])('%s', (name, parameters, macs, published) => {
    const cost = graphCost(classifier(createModel(name)), { N: 1 });
    expect(cost.parameters).toBe(parameters);
    expect(cost.macs).toBe(macs);
    expect(publishedMacs(cost) / 1e9).toBeCloseTo(published, 2);
  });
});

describe('EfficientFormer', () => {
  it('draws its layout', () => {
    expect(modelEntry('efficientformer_l1').picture({})).toBe('▣▣▣ 48 │ ▣▣ 96 │ ▣▣▣▣▣▣ 224 │ ▣▣▣◈ 448');
  });

  it('has only the two classifiers behind what is pooled', () => {
    const model = createModel('efficientformer_l1', { size: 64 });
    const below = new Set(graph({ pooled: model.pooled }).params.map((p) => nameOf(p)!));
    const behind = names(model).filter((n) => !below.has(n));
    expect(behind.sort()).toEqual(['head.bias', 'head.weight', 'head_dist.bias', 'head_dist.weight']);
  });

  it('begins with the values timm begins with', () => {
    const { params } = graph({ logits: createModel('efficientformer_l1', { size: 64 }).logits });
    const some = params.filter((p) => /stem\.conv1|blocks\.4\.(ls1|token_mixer)|head\.weight/.test(nameOf(p)!));
    const first = initialValues({ ...graph({}), params: some }, 1);
    const largest = (name: string) => first.get(name)!.data.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    const bound = (3 * 9) ** -0.5;
    expect(largest('stem.conv1.weight')).toBeLessThanOrEqual(bound);
    expect(largest('stem.conv1.weight')).toBeGreaterThan(0.95 * bound);
    expect(largest('stem.conv1.bias')).toBeGreaterThan(0);
    expect(largest('stages.3.blocks.4.ls1.gamma')).toBe(Math.fround(1e-5));
    expect(largest('stages.3.blocks.4.token_mixer.attention_biases')).toBe(0);
    const head = first.get('head.weight')!.data;
    expect(Math.sqrt(head.reduce((sum, v) => sum + v * v, 0) / head.length)).toBeCloseTo(0.02, 3);
  });

  it('drops residuals more often with depth, whatever the kind of block', () => {
    const model = createModel('efficientformer_l1', { size: 64, dropPath: 0.28, dropRate: 0.5 });
    const drops = classifier(model).nodes.filter((n) => n.op === 'Dropout');
    const rates = drops.map((n) => readAttributes('Dropout', n.attrs).float('rate').toFixed(2));
    const perBlock = Array.from({ length: 14 }, (_, i) => (0.02 * (i + 1)).toFixed(2));
    expect(rates).toEqual([...perBlock.flatMap((rate) => [rate, rate]), '0.50']);
  });

  it('lets another mixer take the place of its attention', () => {
    const model = createModel('efficientformer_l3', { size: 96 }, { mixer: 'mrl' });
    const mixers = names(model).filter((n) => n.includes('.token_mixer.'));
    expect(mixers).toContain('stages.3.blocks.6.token_mixer.mix_locally.weight');
    expect(mixers.some((n) => n.includes('attention_biases') || n.includes('qkv'))).toBe(false);
    expect(model.stages.map((s) => s.value.type.shape)).toEqual([
      ['N', 64, 24, 24],
      ['N', 128, 12, 12],
      ['N', 320, 6, 6],
      ['N', 512, 3, 3],
    ]);
  });

  it('brings the attention biases of 7×7 tokens to another grid', () => {
    const model = createModel('efficientformer_l1', { size: [160, 250] });
    const stored = f32(
      [8, 49],
      Float32Array.from({ length: 8 * 49 }, (_, i) => Math.floor(i / 49)),
    );
    const resized = model.resize.attention_biases!(stored, [8, 5 * 8], model.size)!;
    expect(resized.shape).toEqual([8, 40]);
    resized.data.forEach((v, i) => {
      expect(v).toBeCloseTo(Math.floor(i / 40), 5);
    });
  });

  it('says what a configuration must be', () => {
    const made = (overrides: object) => () => createModel('efficientformer_l1', {}, { ...overrides });
    expect(made({ attentionBlocks: 5 })).toThrow(/1 to 4 can be attention blocks, got 5/);
    expect(made({ attentionBlocks: 0 })).toThrow(/got 0/);
    expect(made({ widths: [8, 16] })).toThrow(/four widths/);
    expect(made({ mixer: 'mlr' })).toThrow(/mrl/);
  });
});
