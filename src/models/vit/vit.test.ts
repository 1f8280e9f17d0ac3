import { describe, expect, it } from 'vitest';
import { f32 } from '../../base/tensor.ts';
import { graphCost } from '../../graph/cost.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import { initialValues } from '../../nn/init.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { testParity } from '../../testing/parity.ts';
import { publishedMacs } from '../../testing/published-macs.ts';
import { classifier, type Model } from '../model.ts';
import { createModel, modelEntry } from '../registry.ts';
import { resizePositions } from './resize.ts';

/** Against timm 1.0.31 on the same formula weights (reference/models/vit.py). */
testParity(new URL('fixtures/', import.meta.url));

const namesOf = (model: Model, part: 'logits' | 'pooled' = 'logits') =>
  graph({ out: model[part] }).params.map((p) => nameOf(p)!);

/**
 * Parameters counted by timm. MACs: reference/models/plain_sizes.py's for convolutions and linear layers, and the two products of
 * attention, 2 · tokens² · width for each of twelve blocks. GMACs: timm's tables, which count both, and normalisations.
 */
describe('ViT and DeiT at 224 pixels, 1000 classes', () => {
  const attention = (tokens: number, width: number) => 12 * 2 * tokens ** 2 * width;
  it.each([
    ['vit_tiny_patch16_224', 5_717_416, 1_074_851_328 + attention(197, 192), '1.26'],
    ['vit_small_patch16_224', 22_050_664, 4_241_218_560 + attention(197, 384), '4.61'],
    ['vit_small_patch32_224', 22_878_952, 1_119_869_952 + attention(50, 384), '1.15'],
    ['deit_tiny_patch16_224', 5_717_416, 1_074_851_328 + attention(197, 192), '1.26'],
    ['deit_small_patch16_224', 22_050_664, 4_241_218_560 + attention(197, 384), '4.61'],
    ['deit_tiny_distilled_patch16_224', 5_910_800, 1_080_351_744 + attention(198, 192), '1.27'],
    ['deit_small_distilled_patch16_224', 22_436_432, 4_262_836_224 + attention(198, 384), '4.63'],
    ['deit3_small_patch16_224', 22_059_496, 4_241_218_560 + attention(197, 384), '4.61'],
  ])('%s', (name, parameters, macs, published) => {
    const cost = graphCost(classifier(createModel(name)), { N: 1 });
    expect(cost.parameters).toBe(parameters);
    expect(cost.macs).toBe(macs);
    expect((publishedMacs(cost) / 1e9).toFixed(2)).toBe(published);
  });
});

describe('vit', () => {
  it('has stages after each quarter of the blocks, at the stride of the patches', () => {
    const stages = (name: string, overrides = {}) =>
      createModel(name, {}, overrides).stages.map((s) => [s.name, s.level, s.value.type.shape.slice(1).join()]);
    expect(stages('deit_tiny_distilled_patch16_224')).toEqual(
      [2, 5, 8, 11].map((i) => [`blocks.${i}`, 16, '192,14,14']),
    );
    expect(stages('vit_small_patch32_224', { depth: 2 })).toEqual([0, 1].map((i) => [`blocks.${i}`, 32, '384,7,7']));
  });

  it('has its heads above what they read', () => {
    const model = createModel('deit_tiny_distilled_patch16_224', { classes: 4 });
    expect(model.pooled.type.shape).toEqual(['N', 384]);
    const above = namesOf(model).filter((name) => !namesOf(model, 'pooled').includes(name));
    expect(above.sort()).toEqual(['head.bias', 'head.weight', 'head_dist.bias', 'head_dist.weight']);
  });

  it('takes another mixer on the plain grid, and averages the tokens', async () => {
    const options = { size: [64, 96] as const, classes: 3 };
    const model = createModel('deit_tiny_patch16_224', options, { mixer: 'mrl', depth: 2 });
    const names = namesOf(model);
    for (const gone of ['cls_token', 'norm.weight', 'blocks.0.attn.qkv.weight']) expect(names).not.toContain(gone);
    for (const come of ['fc_norm.weight', 'blocks.1.attn.mix_locally.weight']) expect(names).toContain(come);
    const g = classifier(model);
    const program = await compile(await nativeRuntime(), g, { constants: initialValues(g, 7) });
    const image = f32([2, 3, 64, 96]);
    image.data.fill(0.5, 0, image.data.length / 2);
    const { logits } = await program.run({ image });
    await program.close();
    expect(logits!.shape).toEqual([2, 3]);
    expect(logits!.data.slice(0, 3)).not.toEqual(logits!.data.slice(3));
    expect([...logits!.data].every((v) => Number.isFinite(Number(v)))).toBe(true);
  });

  it('begins the class token near zero and LayerScale at 1e-6, as timm', () => {
    const values = initialValues(classifier(createModel('deit3_small_patch16_224', {}, { depth: 1, width: 96 })), 1);
    const largest = (name: string) => Math.max(...values.get(name)!.data.map(Math.abs));
    expect(largest('cls_token')).toBeLessThan(1e-5);
    expect(largest('pos_embed')).toBeGreaterThan(0.05);
    expect(largest('blocks.0.ls2.gamma')).toBeCloseTo(1e-6, 12);
  });

  it('draws its layout', () => {
    expect(modelEntry('vit_tiny_patch16_224').picture({ depth: 3 })).toBe('16×16 │ ◈◈◈ 192');
  });

  it('says what is wrong with a size or a configuration', () => {
    const make = (overrides: object, size: number | [number, number] = 224) =>
      createModel('vit_tiny_patch16_224', { size }, { ...overrides });
    expect(() => make({}, [225, 100])).toThrow(/multiples of 16, got 225×100; the nearest is 224×96/);
    expect(() => make({ heads: 5 })).toThrow(/192 does not divide into 5 heads/);
    expect(() => make({ depth: 0 })).toThrow(/at least 1, got 0/);
    expect(() => make({ mixer: 'mrl', pool: 'token' })).toThrow(/use pool 'mean'/);
    expect(() => make({ pool: 'avg' })).toThrow(/pool/);
    expect(() => make({ mixer: 'mrl', distilled: true })).toThrow(/class and distillation token/);
  });
});

describe('position embeddings of another size', () => {
  const stored = (tokens: number) =>
    f32(
      [1, tokens, 2],
      Float32Array.from({ length: tokens * 2 }, (_, i) => Math.sin(i)),
    );

  it.each([
    ['vit_tiny_patch16_224', 1],
    ['deit_tiny_distilled_patch16_224', 2],
    ['deit3_small_patch16_224', 0],
  ])('%s keeps %d leading tokens', (name, prefix) => {
    const size = [224, 160] as const;
    const { resize } = createModel(name, { size });
    const from = stored(prefix + 100);
    const resized = resize.pos_embed!(from, [1, prefix + 14 * 10, 2], size)!;
    expect(resized.shape).toEqual([1, prefix + 140, 2]);
    expect(resized.data.slice(0, 2 * prefix)).toEqual(from.data.slice(0, 2 * prefix));
    expect(new Set(resized.data.slice(2 * prefix)).size).toBeGreaterThan(140);
  });

  it('is constant where the stored one is', () => {
    const flat = f32([1, 50, 2], new Float32Array(100).fill(0.25));
    const resized = resizePositions(flat, [1, 1 + 12, 2], [96, 128])!;
    for (const v of resized.data) expect(v).toBeCloseTo(0.25, 6);
  });

  it('is refused where the numbers of leading tokens differ', () => {
    expect(resizePositions(stored(197), [1, 196, 2], [224, 224])).toBeUndefined();
  });
});
