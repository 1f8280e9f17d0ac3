import { describe, expect, it } from 'vitest';
import { f32 } from '../../base/tensor.ts';
import { graphCost } from '../../graph/cost.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import { testParity } from '../../testing/parity.ts';
import { publishedMacs } from '../../testing/published-macs.ts';
import { classifier, type Model } from '../model.ts';
import { createModel, modelEntry } from '../registry.ts';

/** Against timm on the same formula weights. */
testParity(new URL('fixtures/', import.meta.url));

const names = (model: Model) => graph({ logits: model.logits }).params.map((p) => nameOf(p)!);

/** Parameters counted by timm; GMACs of its result table, which counts normalisations and resizing too. */
describe('EfficientFormerV2 at 224 pixels, 1000 classes', () => {
  it.each([
    ['efficientformerv2_s0', 3_600_256, 395_892_544, 0.41],
    ['efficientformerv2_s1', 6_185_560, 651_969_640, 0.67],
    ['efficientformerv2_s2', 12_710_112, 1_246_863_952, 1.27],
    ['efficientformerv2_l', 26_322_288, 2_552_546_880, 2.59],
  ])('%s', (name, parameters, macs, published) => {
    const cost = graphCost(classifier(createModel(name)), { N: 1 });
    expect(cost.parameters).toBe(parameters);
    expect(cost.macs).toBe(macs);
    expect(publishedMacs(cost) / 1e9).toBeCloseTo(published, 2);
  });
});

describe('EfficientFormerV2', () => {
  it('draws its layout', () => {
    expect(modelEntry('efficientformerv2_s0').picture({})).toBe('▣▣ 32 │ ▣▣ 48 │ ▣▣▣▣◈◈ 96 │ ▣▣◈◈ 176');
  });

  it('takes sizes whose grid at stride 16 is even, and says so of others', () => {
    const model = createModel('efficientformerv2_s0', { size: [120, 241] });
    expect(model.stages.map((s) => s.value.type.shape.slice(2))).toEqual([
      [30, 61],
      [15, 31],
      [8, 16],
      [4, 8],
    ]);
    expect(() => createModel('efficientformerv2_s0', { size: [240, 224] })).toThrow(
      /15×14 grid .* even sides, got an input of 240×224 pixels: take multiples of 32/,
    );
  });

  it('lets another mixer take the place of its attention, inside of the halving', () => {
    const model = createModel('efficientformerv2_s0', { size: 96 }, { mixer: 'mrl' });
    const mixers = names(model).filter((n) => n.includes('.token_mixer.'));
    expect(mixers).toContain('stages.2.blocks.5.token_mixer.stride_conv.conv.weight');
    expect(mixers).toContain('stages.2.blocks.5.token_mixer.mix_locally.weight');
    expect(mixers).toContain('stages.3.blocks.3.token_mixer.mix_locally.weight');
    expect(mixers.some((n) => n.includes('attention_biases'))).toBe(false);
    expect(model.stages[2]!.value.type.shape).toEqual(['N', 96, 6, 6]);
  });

  it('brings both kinds of attention biases to another grid', () => {
    const model = createModel('efficientformerv2_s0', { size: [160, 224] });
    const stored = (grid: number) => f32([8, grid ** 2], new Float32Array(8 * grid ** 2).fill(0.5));
    const resize = model.resize.attention_biases!;
    for (const [from, to] of [
      [7, 5 * 7],
      [14, 10 * 14],
    ] as const) {
      const { shape, data } = resize(stored(from), [8, to], model.size)!;
      expect(shape).toEqual([8, to]);
      for (const v of data) expect(v).toBeCloseTo(0.5, 5);
    }
  });

  it('says what a configuration must be', () => {
    const made = (overrides: object) => () => createModel('efficientformerv2_s0', {}, { ...overrides });
    expect(made({ mlpRatios: [4, 4, [4, 3], 4] })).toThrow(/stage 3 has 6 blocks/);
    expect(made({ depths: [1, 1, 1] })).toThrow(/four stages/);
    expect(made({ attentionBlocks: -1 })).toThrow(/got -1/);
  });
});
