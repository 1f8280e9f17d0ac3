import { describe, expect, it } from 'vitest';
import type { Tensor } from '../base/tensor.ts';
import { mul, reduceMean } from '../graph/build.ts';
import { graph, nameOf } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import { initialValues } from '../nn/init.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { classify } from '../tasks/classify/classify.ts';
import { formulaInput } from '../testing/formula.ts';
import { frozenParameters } from '../train/freeze.ts';
import { trainingGraph } from '../train/graph.ts';
import { trainingStep } from '../train/step.ts';
import { type Backbone, classifier, stageOf, withClassifier } from './model.ts';
import { pyramid } from './pyramid.ts';
import { createBackbone, createModel, modelEntry, modelNames } from './registry.ts';
import { small } from './testing/small.ts';

const runtime = await nativeRuntime();
const usual = [4, 8, 16, 32];
const sizes = (backbone: Backbone, levels = usual) => pyramid(backbone, levels).map((s) => [s.height, s.width]);
const namesOf = (...values: Value[]) =>
  graph(Object.fromEntries(values.map((v, i) => [`v${i}`, v]))).params.map((p) => nameOf(p)!);

describe('every family', () => {
  const { 'dynamic-perceiver': branch, ...families } = small;

  it.each(Object.values(families))(
    '$variant has a backbone without a head, and the model is that with one',
    (entry) => {
      const { variant, size = 64, overrides = {} } = entry;
      const backbone = createBackbone(variant, { size, channels: 1, dropPath: 0.1 }, overrides);
      expect(backbone).not.toHaveProperty('classes');
      for (const stage of backbone.stages) {
        expect(stage.value.type.shape).toEqual(['N', stage.channels, stage.height, stage.width]);
        expect(stage.stride).toEqual([size / stage.height, size / stage.width]);
        expect(stageOf(backbone, stage.name)).toBe(stage);
      }
      const body = namesOf(...backbone.stages.map((s) => s.value));
      const model = withClassifier(backbone, { classes: 5, dropRate: 0.2 });
      expect(model).toMatchObject({ classes: 5, dropRate: 0.2, dropPath: 0.1, channels: 1 });
      expect(model).not.toHaveProperty('head');
      const whole = createModel(variant, { size, channels: 1, classes: 5 }, overrides);
      expect(namesOf(model.logits).sort()).toEqual(namesOf(whole.logits).sort());
      // The head's parameters are its own: a second one can stand on the same backbone.
      const head = namesOf(model.logits).filter((n) => !body.includes(n));
      expect(head.length).toBeGreaterThanOrEqual(2);
      expect(withClassifier(backbone, { classes: 3 }).logits.type.shape).toEqual(['N', 3]);
    },
  );

  it.each(Object.values(families))(
    '$variant gives maps at levels 4 to 32',
    ({ variant, size = 64, overrides = {} }) => {
      const stages = pyramid(createBackbone(variant, { size }, overrides), usual);
      expect(stages.map((s) => [s.level, s.height, s.width])).toEqual(usual.map((l) => [l, size / l, size / l]));
    },
  );

  it('but a Dynamic Perceiver is told to be taken apart', () => {
    expect(() => createBackbone(branch!.variant)).toThrow(/as a backbone take that network, 'ascan-micro'/);
    expect(() => createBackbone('resnet18', {}, { perceiver: {} })).toThrow(/leave out 'perceiver'/);
    // Its feature maps are at hand all the same.
    expect(sizes(createModel(branch!.variant, { size: 64 }, branch!.overrides))).toEqual(
      usual.map((l) => [64 / l, 64 / l]),
    );
  });

  it('is one of those in the registry', () => {
    const all = new Set(modelNames().map((name) => modelEntry(name).family));
    expect(Object.keys(small).sort()).toEqual([...all].sort());
  });
});

describe('sizes are what the maps have', () => {
  it('where an architecture drops what fills no patch', () => {
    const [four, eight] = pyramid(createBackbone('convnext_atto', { size: 100 }), [4, 8]);
    expect(four).toMatchObject({ height: 25, width: 25, stride: [4, 4] });
    expect(eight).toMatchObject({ level: 8, height: 12, width: 12 });
    expect(eight!.stride[0]).toBeCloseTo(8.33, 2);
  });

  it('and where it rounds up', () => {
    expect(sizes(createBackbone('resnet18', { size: [100, 75] }))).toEqual([
      [25, 19],
      [13, 10],
      [7, 5],
      [4, 3],
    ]);
    expect(sizes(createBackbone('resnet20', { size: [50, 33] }))).toEqual([
      [13, 9],
      [7, 5],
      [4, 3],
      [2, 2],
    ]);
  });
});

describe('only what is asked for', () => {
  it('is computed, in any order', () => {
    const backbone = createBackbone('resnet18', { size: 64 });
    const [eight, four] = pyramid(backbone, [8, 4]);
    expect([eight!.name, four!.name]).toEqual(['layer2', 'layer1']);
    expect(namesOf(four!.value).some((n) => n.startsWith('layer2'))).toBe(false);
    expect(namesOf(eight!.value).some((n) => n.startsWith('layer3'))).toBe(false);
  });

  it('has parameters, named apart from the backbone’s', () => {
    const vit = createBackbone('vit_tiny_patch16_224', { size: 64 }, { width: 96, depth: 2 });
    const own = ([level]: number[]) => namesOf(pyramid(vit, [level!])[0]!.value).filter((n) => n.startsWith('pyramid'));
    expect(own([4])).toEqual([
      'pyramid.4.0.weight',
      'pyramid.4.0.bias',
      'pyramid.4.1.weight',
      'pyramid.4.1.bias',
      'pyramid.4.3.weight',
      'pyramid.4.3.bias',
    ]);
    expect(own([8])).toEqual(['pyramid.8.0.weight', 'pyramid.8.0.bias']);
    expect([...own([16]), ...own([32])]).toEqual([]);
    expect(pyramid(vit, usual).map((s) => s.channels)).toEqual([24, 48, 96, 96]);
    // What a checkpoint of the classifier has is all that the classifier wants.
    expect(namesOf(withClassifier(vit, { classes: 2 }).logits).some((n) => n.startsWith('pyramid'))).toBe(false);
  });

  it('that cannot be made is said to be so', () => {
    const vit = createBackbone('vit_tiny_patch16_224', { size: 56 }, { patch: 14, width: 96, depth: 2 });
    expect(() => pyramid(vit, [8])).toThrow(/level 14, and level 8 cannot be made.*such as 7, 14, 28.*patch size/);
    expect(sizes(vit, [7, 28])).toEqual([
      [8, 8],
      [2, 2],
    ]);
    expect(() => pyramid(createBackbone('resnet18', { size: 32 }), [64])).toThrow(/32×32 has no level 64/);
    expect(() => pyramid(vit, [0])).toThrow(/no level 0/);
    expect(() => pyramid(vit, [])).toThrow(/at least one level/);
    expect(() => pyramid({ ...vit, stages: [] }, [8])).toThrow(/yosegi import FILE.onnx --stages/);
  });
});

describe('what a pyramid computes', () => {
  const backbone = createBackbone('vit_tiny_patch16_224', { size: 64 }, { width: 8, heads: 2, depth: 1 });
  const image = formulaInput('image', [2, 3, 64, 64]);

  async function run(values: Record<string, Value>, weights: ReadonlyMap<string, Tensor>) {
    const program = await compile(runtime, graph(values), { constants: weights, target: 'standard' });
    const out = await program.run({ image });
    await program.close();
    return out;
  }

  it('pools the largest, and what is left at the border too', async () => {
    const odd = createBackbone('resnet20', { size: [50, 33] }, { depth: 1 });
    const [own, pooled] = pyramid(odd, [4, 8]);
    const weights = initialValues(graph({ y: pooled!.value }), 0);
    const program = await compile(runtime, graph({ own: own!.value, pooled: pooled!.value }), { constants: weights });
    const out = await program.run({ image: formulaInput('image', [1, 3, 50, 33]) });
    await program.close();
    const [a, b] = [out.own!, out.pooled!];
    expect([a.shape, b.shape]).toEqual([
      [1, 64, 13, 9],
      [1, 64, 7, 5],
    ]);
    const at = (y: number, x: number) => (y < 13 && x < 9 ? Number(a.data[y * 9 + x]) : Number.NEGATIVE_INFINITY);
    for (let y = 0; y < 7; y++)
      for (let x = 0; x < 5; x++) {
        const four = [at(2 * y, 2 * x), at(2 * y, 2 * x + 1), at(2 * y + 1, 2 * x), at(2 * y + 1, 2 * x + 1)];
        expect(Number(b.data[y * 5 + x])).toBe(Math.max(...four));
      }
  });

  it('doubles by a deconvolution: each cell becomes 2×2 cells of half the channels', async () => {
    const [eight, sixteen] = pyramid(backbone, [8, 16]);
    const weights = initialValues(graph({ y: eight!.value }), 0);
    // Channel c becomes channel c / 2, in all four cells, times its place among them.
    const kernel = weights.get('pyramid.8.0.weight')!;
    kernel.data.fill(0);
    for (let c = 0; c < 8; c++) for (let k = 0; k < 4; k++) kernel.data[(c * 4 + (c >> 1)) * 4 + k] = k + 1;
    weights.get('pyramid.8.0.bias')!.data.fill(0.5);
    const { y, x } = await run({ y: eight!.value, x: sixteen!.value }, weights);
    const cell = (t: Tensor, side: number, channels: number, c: number, row: number, column: number) =>
      Number(t.data[(channels + c) * side * side + row * side + column]);
    for (let c = 0; c < 4; c++)
      for (let row = 0; row < 8; row++)
        for (let column = 0; column < 8; column++) {
          const from = [0, 1].map((i) => cell(x!, 4, 8, 2 * c + i, row >> 1, column >> 1));
          const factor = 2 * (row % 2) + (column % 2) + 1;
          expect(cell(y!, 8, 4, c, row, column)).toBeCloseTo(factor * (from[0]! + from[1]!) + 0.5, 4);
        }
  });

  it('has gradients down to the image’s patches, and none below what is frozen', async () => {
    const model = withClassifier(backbone, { classes: 3 });
    const stages = pyramid(model, usual);
    const loss = stages.map((s) => reduceMean(mul(s.value, s.value), undefined, false)).reduce((a, b) => mul(a, b));
    const weights = initialValues(graph({ loss }), 0);
    const step = await trainingStep(runtime, trainingGraph({ loss }), weights);
    const { loss: value } = await step.run({ image }, 2, 0, 1);
    expect(value).toBeGreaterThan(0);
    const size = (name: string) => step.grads.tensors[`grad:${name}`]!.data.reduce((sum, v) => sum + v * v, 0);
    for (const name of [
      'patch_embed.proj.weight',
      'blocks.0.attn.qkv.weight',
      'pyramid.4.0.weight',
      'pyramid.4.3.weight',
    ])
      expect(size(name), name).toBeGreaterThan(0);
    await step.close();

    const frozen = frozenParameters(classify.network(model, {}), ['backbone']);
    const { trained } = trainingGraph({ loss }, { trainable: (name) => !frozen.has(name) });
    expect(trained.map(([name]) => name).sort()).toEqual(
      namesOf(loss)
        .filter((n) => n.startsWith('pyramid.'))
        .sort(),
    );
    expect(classifier(model).params.every((p) => !nameOf(p)!.startsWith('pyramid.'))).toBe(true);
  });
});
