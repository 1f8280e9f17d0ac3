import { describe, expect, it } from 'vitest';
import { classifier } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { conv, gelu, matmulT, reshape } from './build.ts';
import { graphCost, stageName } from './cost.ts';
import { graph } from './graph.ts';
import { apply1, inScope } from './op.ts';
import { input, param } from './value.ts';

const zero = { kind: 'constant', value: 0 } as const;

describe('graphCost', () => {
  it('counts a convolution, a product and an activation as on paper', () => {
    const x = input('x', 'float32', ['N', 3, 8, 8]);
    const w = param('a.weight', [4, 3, 3, 3], zero);
    const b = param('a.bias', [4], zero);
    const y = inScope('a', () => conv(x, w, b, { pads: [1, 1, 1, 1], strides: [2, 2] }));
    const rows = reshape(y, ['N', 4, 16]);
    const out = inScope('b', () => gelu(matmulT(rows, rows, { transB: true })));
    const cost = graphCost(graph({ out }), { N: 2 });
    const macsConv = 2 * 4 * 16 * 27;
    const macsProduct = 2 * 4 * 4 * 16;
    expect(cost.macs).toBe(macsConv + macsProduct);
    expect(cost.flops).toBe(2 * macsConv + 2 * 4 * 16 + 2 * macsProduct + 12 * 2 * 4 * 4);
    expect(cost.parameters).toBe(4 * 27 + 4);
    expect(cost.nodes.map((n) => n.bytes)).toEqual([
      4 * (2 * 3 * 64 + 4 * 27 + 4 + 2 * 4 * 16),
      0,
      4 * (2 * 2 * 4 * 16 + 2 * 16),
      4 * (2 * 2 * 16),
    ]);
    expect(cost.groups.map((g) => [g.name, g.parameters, g.macs, g.shape])).toEqual([
      ['a', 112, macsConv, [2, 4, 4, 4]],
      ['', 0, 0, [2, 4, 16]],
      ['b', 0, macsProduct, [2, 4, 4]],
    ]);
  });

  it('asks for a number for every symbol', () => {
    const out = apply1('Relu', [input('x', 'float32', ['N', 'T'])]);
    expect(() => graphCost(graph({ out }), { N: 1 })).toThrow(/'T'/);
    expect(graphCost(graph({ out }), { N: 1, T: 5 }).flops).toBe(5);
  });

  it('names parts by their first word and its number', () => {
    expect(['stages.1.blocks.0.attn', 'head.fc', 'stem', '', 'blocks.11'].map(stageName)).toEqual([
      'stages.1',
      'head',
      'stem',
      '',
      'blocks.11',
    ]);
  });
});

/** reference/ascan/sizes.py counts the same in PyTorch. */
describe('AsCAN at 224 pixels, 1000 classes', () => {
  it.each([
    ['ascan-tiny', {}, 53_038_830, 10_275_432_960],
    ['ascan-tiny', { expandFrom: 'in' }, 44_431_598, 9_051_941_376],
    ['ascan-base', {}, 93_765_680, 17_437_685_760],
    ['ascan-large', {}, 146_022_770, 26_549_175_808],
  ])('%s %o', (name, overrides, parameters, macs) => {
    const g = classifier(createModel(name, {}, overrides));
    const cost = graphCost(g, { N: 1 });
    expect(cost.parameters).toBe(parameters);
    expect(cost.macs).toBe(macs);
    expect(cost.groups.reduce((n, group) => n + group.parameters, 0)).toBe(parameters);
    expect(cost.groups.reduce((n, group) => n + group.macs, 0)).toBe(macs);
    expect(graphCost(g, { N: 3 }).macs).toBe(3 * macs);
  });
});
