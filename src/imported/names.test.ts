import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node } from '../graph/value.ts';
import { globOf, readableName } from '../onnx/import/names.ts';
import { blocksOf } from './blocks.ts';

describe('blocks', () => {
  it.each<[string, string[]]>([
    ['layer1.0', ['conv1.weight', 'layer1.0.conv1.weight', 'layer1.0.downsample.0.weight', 'fc.weight']],
    ['layers.0.blocks.1', ['layers.0.blocks.0.a.weight', 'layers.0.blocks.1.attn.proj.weight', 'norm.weight']],
    ['stages.1.blocks.0', ['stem.0.weight', 'stages.1.blocks.0.conv_dw.weight', 'head.fc.bias']],
    [
      'features.3',
      ['features.0.0.weight', 'features.3.block.0.0.weight', 'features.3.block.1.fc1.bias', 'classifier.1.bias'],
    ],
    ['features.2.0', ['features.1.0.block.0.weight', 'features.2.0.block.5.0.weight', 'classifier.2.weight']],
    ['encoder.layers.encoder_layer_1', ['conv_proj.bias', 'encoder.layers.encoder_layer_1.mlp.0.weight']],
    ['vit.encoder.layer.11', ['vit.encoder.layer.11.attention.output.dense.weight', 'vit.layernorm.bias']],
    ['trunk_output.block2.block2-0', ['stem.0.weight', 'trunk_output.block2.block2-0.f.a.0.weight']],
    ['features.denseblock1.denselayer2', ['features.conv0.weight', 'features.denseblock1.denselayer2.norm1.weight']],
    ['model.9', ['model.0.conv.weight', 'model.9.cv1.conv.weight']],
    ['blocks.0.1', ['blocks.0.1.conv_pw.weight', 'conv_stem.weight']],
  ])('%s is one', (block, names) => {
    const pattern = blocksOf(names);
    const found = names.map((n) => pattern.exec(n)?.[0]);
    expect(found).toContain(block);
  });

  it('begin behind what all names begin with', () => {
    const names = ['functional_1/conv2d_1/kernel:0', 'functional_1/conv2d_2/kernel:0', 'functional_1.dense.kernel'];
    expect(names.map((n) => blocksOf(names).exec(n)?.[0])).toEqual([
      'functional_1/conv2d_1',
      'functional_1/conv2d_2',
      undefined,
    ]);
  });

  it('are found soon, whatever the names', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a0./_()*+[\]\\-]{0,200}$/), { maxLength: 20 }), (names) => {
        const pattern = blocksOf(names);
        for (const n of names) pattern.exec(n);
      }),
      { seed: 1, numRuns: 300 },
    );
    const start = performance.now();
    for (const part of ['a', 'a.', '.', '0', '0.', 'a0']) blocksOf([]).exec(part.repeat(20_000));
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('patterns', () => {
  it('mean what a regular expression would', () => {
    const word = fc.stringMatching(/^[ab.]{0,6}$/);
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', '.', '*', '?', '**'), { maxLength: 6 }), word, (parts, name) => {
        const pattern = parts.join('');
        const meant = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('?', '.').replaceAll('*', '.*')}$`);
        expect(globOf(pattern)(name)).toBe(meant.test(name));
      }),
      { seed: 2, numRuns: 3000 },
    );
  });

  it('take no time', () => {
    const start = performance.now();
    expect(globOf('*a'.repeat(50))('a'.repeat(5000))).toBe(true);
    expect(globOf(`${'*a'.repeat(50)}b`)('a'.repeat(5000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('names of tensors', () => {
  const node = (op: Node['op'], scope: string, attrs: Node['attrs'] = {}): Node => ({
    op,
    scope,
    attrs,
    inputs: [],
    outputs: [],
  });

  it('are the file’s, where they say something', () => {
    for (const name of ['conv1.weight', 'layer1.0.bn1.running_mean', 'fc', 'onnx_model.weight', 'model/conv/kernel:0'])
      expect(readableName(name, node('Conv', 'x'), 1)).toBe(name);
  });

  it.each([
    ['onnx::Conv_193', node('Conv', 'layer1.0.conv1'), 1, 'layer1.0.conv1.weight'],
    ['194', node('Conv', 'layer1.0.conv1'), 2, 'layer1.0.conv1.bias'],
    ['onnx::MatMul_7', node('MatMul', 'blocks.0.attn.qkv'), 1, 'blocks.0.attn.qkv.kernel'],
    ['val_3', node('Gemm', 'head', { transB: 1 }), 1, 'head.weight'],
    ['', node('Gemm', 'head'), 1, 'head.kernel'],
    ['const_fold_opt__143', node('BatchNormalization', ''), 3, 'batchnormalization.running_mean'],
    ['12', node('Sub', 'a.b'), 1, 'a.b.value'],
  ])('%s of %o, input %i, is %s', (source, reader, input, name) => {
    expect(readableName(source, reader, input)).toBe(name);
  });
});
