import { describe, expect, it } from 'vitest';
import { graphCost } from '../../graph/cost.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import { initialValues } from '../../nn/init.ts';
import { testParity } from '../../testing/parity.ts';
import { testSizes } from '../../testing/sizes.ts';
import { classifier } from '../model.ts';
import { createModel, modelEntry } from '../registry.ts';

/** Against timm 1.0.31, and PyTorch definitions of what timm does not have, on the same formula weights (reference/models/resnet.py). */
testParity(new URL('fixtures/', import.meta.url));

/** Counted in PyTorch by reference/models/plain_sizes.py; GMACs: timm's benchmark tables. */
testSizes([
  ['resnet18', 11_689_512, 1_814_073_344, '1.82'],
  ['resnet34', 21_797_672, 3_663_761_408, '3.67'],
  ['resnet50', 25_557_032, 4_089_184_256, '4.11'],
  ['resnet101', 44_549_160, 7_801_405_440],
  ['resnet18d', 11_708_744, 2_053_713_920, '2.06'],
  ['resnet34d', 21_816_904, 3_903_401_984, '3.91'],
  ['resnet50d', 25_576_264, 4_328_824_832, '4.35'],
]);

describe('resnet', () => {
  it('scales every width and rounds down, as the trunks of Dynamic Perceiver', () => {
    const channels = (width: number) => createModel('resnet50', {}, { width }).stages.map((s) => s.channels);
    expect(channels(0.375)).toEqual([96, 192, 384, 768]);
    expect(channels(0.5)).toEqual([128, 256, 512, 1024]);
    expect(channels(0.75)).toEqual([192, 384, 768, 1536]);
    expect(createModel('resnet18', {}, { width: 0.33 }).stages.map((s) => s.channels)).toEqual([21, 42, 84, 168]);
  });

  it('begins every block as its shortcut', () => {
    const values = initialValues(
      graph({ logits: createModel('resnet50', { size: 32, classes: 2 }, { width: 0.0625 }).logits }),
      1,
    );
    const zero = [...values].filter(([, t]) => t.data.every((v) => v === 0)).map(([name]) => name);
    expect(zero.filter((name) => name.endsWith('bn3.weight')).length).toBe(16);
    expect(zero).not.toContain('layer1.0.bn2.weight');
  });

  it('keeps stochastic depth growing over the whole network', () => {
    const { nodes } = classifier(createModel('resnet18', { dropPath: 0.14, dropRate: 0.3 }));
    const rates = nodes.filter((n) => n.op === 'Dropout').map((n) => Number(n.attrs.rate));
    const expected = [0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14, 0.3];
    expect(rates.length).toBe(expected.length);
    rates.forEach((rate, i) => {
      expect(rate).toBeCloseTo(expected[i]!, 10);
    });
  });

  it('draws its layout', () => {
    expect(modelEntry('resnet18').picture({ width: 0.5 })).toBe('▣▣ 32 │ ▣▣ 64 │ ▣▣ 128 │ ▣▣ 256');
    expect(modelEntry('resnet20').picture({})).toBe('▣▣▣ 16 │ ▣▣▣ 32 │ ▣▣▣ 64');
  });

  it('says what is wrong with a configuration', () => {
    expect(() => createModel('resnet18', {}, { depths: [2, 2, 2] })).toThrow(/four stages .* got \[2,2,2\]/);
    expect(() => createModel('resnet18', {}, { width: 0 })).toThrow(/at least 1\/32, got 0/);
    expect(() => createModel('resnet18', {}, { block: 'bottle' })).toThrow(/bottleneck/);
    expect(() => createModel('resnet20', {}, { depth: 0 })).toThrow(/at least 1, got 0/);
    expect(() => createModel('resnet20', {}, { depths: [1] })).toThrow(/depth/);
  });
});

/** Parameters: table 6 of He et al. 2016. */
describe('CIFAR ResNets', () => {
  it.each([
    ['resnet20', 0.27],
    ['resnet32', 0.46],
    ['resnet44', 0.66],
    ['resnet56', 0.85],
  ])('%s has %f M parameters', (name, millions) => {
    const { stages, classes, pooled, ...model } = createModel(name, { classes: 10 });
    expect(model.size).toEqual([32, 32]);
    expect(stages.map((s) => [s.level, s.channels, ...s.value.type.shape.slice(2)])).toEqual([
      [1, 16, 32, 32],
      [2, 32, 16, 16],
      [4, 64, 8, 8],
    ]);
    const g = graph({ logits: model.logits });
    expect(graphCost(g, { N: 1 }).parameters / 1e6).toBeCloseTo(millions, 2);
    expect(graph({ pooled }).params.map((p) => nameOf(p))).not.toContain('linear.weight');
  });
});
