import { describe, expect, it } from 'vitest';
import { graphCost } from '../../graph/cost.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import { testParity } from '../../testing/parity.ts';
import { classifier, type Model } from '../model.ts';
import { createModel, type Overrides } from '../registry.ts';

/** Against the authors' code (reference/models/mrl.py) on the same formula weights. */
testParity(new URL('fixtures/', import.meta.url));

/** The table's MACs count the products of attention too; normalisations and activations are free. */
describe('MRL at 224 pixels, 1000 classes', () => {
  it.each([
    ['mrl_13', { commonQkv: false }, 20.17, 4.64],
    ['mrl_21', { commonQkv: false }, 31.91, 7.46],
    ['mrl_tiny', { commonQkv: false }, 30.53, 4.68],
    ['mrl_small', { commonQkv: false }, 52.71, 9.04],
    ['mrl_hover', { commonQkv: false }, 34.09, 5.37],
    ['mrl_13', { commonQkv: true }, 17.14, 3.64],
    ['mrl_21', { commonQkv: true }, 27.0, 5.82],
    ['mrl_tiny', { commonQkv: true }, 26.3, 3.75],
    ['mrl_small', { commonQkv: true }, 45.03, 7.16],
    ['mrl_hover', { commonQkv: true }, 29.28, 4.29],
    ['mrl_13', { commonQkv: true, groupConv: true }, 17.18, 3.73],
    ['mrl_21', { commonQkv: true, groupConv: true }, 27.06, 5.97],
    ['mrl_tiny', { commonQkv: true, groupConv: true }, 26.34, 3.86],
    ['mrl_small', { commonQkv: true, groupConv: true }, 45.11, 7.33],
    ['mrl_hover', { commonQkv: true, groupConv: true }, 29.33, 4.4],
  ])('%s %o: %f M parameters, %f GMACs', (name, overrides, millions, giga) => {
    const cost = graphCost(classifier(createModel(name, {}, overrides)), { N: 1 });
    expect((cost.parameters / 1e6).toFixed(2)).toBe(millions.toFixed(2));
    expect((cost.macs / 1e9).toFixed(2)).toBe(giga.toFixed(2));
  });
});

describe('an MRL network', () => {
  const rates = (model: Model) =>
    graph({ logits: model.logits })
      .nodes.filter((n) => n.op === 'Dropout')
      .map((n) => Number((n.attrs.rate as number).toFixed(4)));

  it('drops paths more with depth inside a stage, and in no early stage', () => {
    const model = createModel('mrl_13', { size: 64, dropPath: 0.18 });
    const twice = (rate: number) => [rate, rate];
    expect(rates(model)).toEqual([0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.18].flatMap(twice));
  });

  it('takes any size: regions at the border may be cut', () => {
    const model = createModel('mrl_tiny', { size: [75, 50], classes: 4 });
    expect(model.stages.map((s) => s.value.type.shape)).toEqual([
      ['N', 96, 19, 12],
      ['N', 192, 10, 6],
      ['N', 384, 5, 3],
      ['N', 768, 3, 2],
    ]);
    expect(model.logits.type.shape).toEqual(['N', 4]);
  });

  it('carries other mixers in the same body', () => {
    const params = graph({ y: createModel('mrl_13', { size: 64 }, { mixer: 'mha' }).logits }).params.map(nameOf);
    expect(params).toContain('stage2.blocks.9.attn.qkv.weight');
    expect(params).not.toContain('stage2.blocks.9.attn.mix_locally.weight');
  });

  it('says what is wrong with a configuration', () => {
    const make = (overrides: Overrides) => () => createModel('mrl_13', { size: 64 }, overrides);
    expect(make({ widths: [64, 192] })).toThrow(/three or four stages, got widths for 2/);
    expect(make({ depths: [1, 2] })).toThrow(/3 stages need as many depths, got \[1,2\]/);
    expect(make({ dropPathParts: [0, 0, 2] })).toThrow(/'dropPathParts\[2\]' must be at most 1, got 2/);
    expect(make({ commonQkv: true, mixer: 'mha' })).toThrow(/commonQkv belongs to MRL; with mixer 'mha'/);
    expect(make({ mixer: 'mla' })).toThrow(/unknown mixer 'mla'/);
    expect(make({ widths: [64, 192, 388] })).toThrow(/388 channels do not divide into 6 heads/);
  });
});
