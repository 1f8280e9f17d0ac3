import { describe, expect, it } from 'vitest';
import { f32, type Tensor } from '../base/tensor.ts';
import { nameOf } from '../graph/graph.ts';
import { classifier, type Model, type ModelOptions } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { classify } from '../tasks/classify/classify.ts';
import { fitWeights } from './fit.ts';

/** A state dict of the right names and shapes. */
const stateOf = (model: Model): Map<string, Tensor> =>
  new Map(classifier(model).params.map((p) => [nameOf(p)!, f32(p.type.shape as number[])]));

/** A variant of each family: the size its weights have, another one, the head, the first convolution, what is resized. */
const cases: readonly (readonly [string, number, ModelOptions['size'], string[], string[], RegExp | undefined])[] = [
  ['ascan-micro', 224, [160, 96], ['head.fc'], ['stem.conv1'], /relative_position_bias_table$/],
  ['hiera_tiny_224', 224, 256, ['head.fc'], ['patch_embed.proj'], /^pos_embed$/],
  ['turbovit_r1', 224, 256, ['head.fc'], ['patch_embed.proj'], /^pos_embed$/],
  ['efficientformer_l1', 224, 256, ['head', 'head_dist'], ['stem.conv1'], /attention_biases$/],
  ['efficientformerv2_s0', 224, 256, ['head', 'head_dist'], ['stem.conv1.conv'], /attention_biases$/],
  ['mobilenetv2_035', 224, 160, ['classifier'], ['conv_stem'], undefined],
  ['mobilenetv3_small_050', 224, 160, ['classifier'], ['conv_stem'], undefined],
  ['regnety_002', 224, 160, ['head.fc'], ['stem.conv'], undefined],
  ['resnet18', 224, 160, ['fc'], ['conv1'], undefined],
  ['resnet18d', 224, 160, ['fc'], ['conv1.0'], undefined],
  ['convnext_atto', 224, 160, ['head.fc'], ['stem.0'], undefined],
  ['vit_tiny_patch16_224', 224, [160, 96], ['head'], ['patch_embed.proj'], /^pos_embed$/],
  ['deit_tiny_distilled_patch16_224', 224, 128, ['head', 'head_dist'], ['patch_embed.proj'], /^pos_embed$/],
  ['mrl_13', 224, 160, ['head'], ['stage0.patch_embed.proj'], undefined],
];

describe('weights of every family', () => {
  it.each(cases)('%s of %d pixels fit %j, grey and other classes', (name, own, size, heads, first, resized) => {
    const stored = stateOf(createModel(name, { size: own }));
    const { weights, report } = fitWeights(
      classify.network(createModel(name, { size, channels: 1, classes: 7 }), {}),
      stored,
    );
    const replaced = [...stored.keys()].filter((n) => !weights.has(n)).sort();
    expect(replaced).toEqual(heads.flatMap((h) => [`${h}.bias`, `${h}.weight`]));
    expect([...report.fresh].sort()).toEqual(replaced);
    expect(report.adapted).toEqual(first.map((n) => `${n}.weight`));
    if (resized) expect(report.resized.length).toBeGreaterThan(0);
    expect(report.resized.every((n) => resized?.test(n))).toBe(true);
    expect(report.surplus).toEqual([]);
    // The very same model takes everything, head included.
    const same = fitWeights(classify.network(createModel(name, { size: own }), {}), stored, { head: 'keep' }).report;
    expect(same.loaded.length).toBe(stored.size);
    expect([...same.resized, ...same.adapted]).toEqual([]);
  });
});
