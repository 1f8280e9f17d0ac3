import { describe, expect, it } from 'vitest';
import { f32, type Tensor } from '../base/tensor.ts';
import { unmoved } from '../data/geometry/placement.ts';
import { graph } from '../graph/graph.ts';
import { input } from '../graph/value.ts';
import { classifier } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { initialValues } from '../nn/init.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { classify } from '../tasks/classify/classify.ts';
import { crossEntropy } from '../tasks/classify/cross-entropy.ts';
import { formulaInput } from '../testing/formula.ts';
import { headNames } from '../weights/parts.ts';
import { frozenParameters } from './freeze.ts';
import { trainingGraph } from './graph.ts';
import { layerDecay } from './layer-decay.ts';
import { trainOptions } from './options.ts';
import { featureSource, featuresOf } from './probe.ts';
import { trainingStep } from './step.ts';
import { train } from './trainer.ts';

const small = { stem: 8, widths: [8, 16, 24, 32], layout: 'C|CT|CT|CT', headDim: 8 };
const model = createModel('ascan-micro', { size: 32, classes: 3, dropRate: 0.1 }, small);
const network = classify.network(model, {});
const runtime = await nativeRuntime();

describe('freezing', () => {
  it('takes a stage with everything before it', () => {
    const frozen = frozenParameters(network, ['stages.1']);
    expect(frozen.has('stem.conv1.weight')).toBe(true);
    expect(frozen.has('stages.1.blocks.1.mlp.fc2.bias')).toBe(true);
    expect([...frozen].some((n) => n.startsWith('stages.2'))).toBe(false);
  });

  it('takes all but the head, and patterns', () => {
    expect([...headNames(network)]).toEqual(['head.fc.weight', 'head.fc.bias']);
    const frozen = frozenParameters(network, ['backbone']);
    const all = graph({ logits: model.logits }).params.length;
    expect(frozen.size).toBeGreaterThan(50);
    expect(frozen.size).toBeLessThan(all);
    expect([...frozenParameters(network, ['*.qkv.*'])]).toContain('stages.1.blocks.1.attn.qkv.weight');
    expect(frozenParameters(network, []).size).toBe(0);
  });

  it('answers what is not there with what is, and refuses to freeze everything', () => {
    expect(() => frozenParameters(network, ['stage.1'])).toThrow(/called 'stage.1'; did you mean 'stages.1'/);
    expect(() => frozenParameters(network, ['*'])).toThrow(/nothing to train/);
  });

  it('computes no gradient and tracks no statistic in what is frozen, and its normalisations keep theirs', async () => {
    const targets = input('targets', 'float32', ['N', 3]);
    const objective = { loss: crossEntropy(model.logits, targets) };
    const whole = trainingGraph(objective);
    const frozen = frozenParameters(network, ['stages.1']);
    const part = trainingGraph(objective, { trainable: (name) => !frozen.has(name) });
    expect(part.trained.some(([name]) => frozen.has(name))).toBe(false);
    expect(part.statistics.map((s) => s.name).filter((n) => !/^stages\.[23]/.test(n))).toEqual([]);
    expect(part.statistics.length).toBeGreaterThan(0);
    // The backward half of the frozen part is not there at all.
    expect(part.graph.nodes.length).toBeLessThan(0.7 * whole.graph.nodes.length);

    const weights = initialValues(classifier(model), 0);
    const feeds = {
      image: formulaInput('image', [2, 3, 32, 32]),
      targets: f32([2, 3], Float32Array.of(1, 0, 0, 0, 1, 0)),
    };
    const step = await trainingStep(runtime, part, weights);
    const before = new Map([...weights].map(([name, t]) => [name, t.data.slice()]));
    const { loss } = await step.run(feeds, 2, 0, 0);
    expect(Number.isFinite(loss)).toBe(true);
    for (const name of frozen) expect(weights.get(name)!.data).toEqual(before.get(name));
    expect(step.grads.names.length).toBe(part.trained.length);
    await step.close();
  });
});

describe('layer-wise learning rates', () => {
  it('fall with the distance from the head', () => {
    const share = layerDecay(network, 0.5);
    expect(share('head.fc.weight')).toBe(1);
    expect(share('norm.weight')).toBe(1);
    // Seven blocks: C | CT | CT | CT.
    expect(share('stages.3.blocks.1.mlp.fc1.weight')).toBe(0.5);
    expect(share('stages.3.blocks.0.conv_exp.weight')).toBe(0.25);
    expect(share('stages.0.blocks.0.conv_exp.weight')).toBe(0.5 ** 7);
    expect(share('stem.conv1.weight')).toBe(0.5 ** 8);
  });
});

describe('a linear probe', () => {
  const weights = initialValues(classifier(model), 1);
  const labels = Array.from({ length: 12 }, (_, i) => i % 3);
  // Three kinds of picture that differ in brightness.
  const images = formulaInput('pictures', [12, 3, 32, 32]);
  for (let i = 0; i < images.data.length; i++) images.data[i]! += labels[Math.floor(i / 3072)]! - 1;
  const source = {
    length: 12,
    batchesPerEpoch: 3,
    batch: async (_: number, index: number) => ({
      images: f32([4, 3, 32, 32], images.data.slice(index * 4 * 3072, (index + 1) * 4 * 3072)),
      targets: { targets: f32([4, 3]) },
      truths: labels.slice(index * 4, index * 4 + 4),
      placements: Array.from({ length: 4 }, () => unmoved([32, 32])),
      indices: Uint32Array.from({ length: 4 }, (_, k) => 4 * index + k),
      views: new Uint32Array(4).fill(1),
    }),
    close: async () => undefined,
  };

  it('gives the logits of the whole model, trains the head alone, and leaves the backbone as it was', async () => {
    const backbone = await compile(runtime, graph({ features: model.pooled }), { constants: weights });
    const features = await featuresOf(backbone, source);
    await backbone.close();
    expect(features.shape).toEqual([12, 32]);

    const { head } = classify.probe!(
      classify.network(createModel('ascan-micro', { size: 32, classes: 3 }, small), {}),
    )!;
    const [whole, part] = await Promise.all([
      compile(runtime, classifier(model), { constants: weights, target: 'standard' }),
      compile(runtime, graph(head.outputs), { constants: weights, target: 'standard' }),
    ]);
    const image = f32([12, 3, 32, 32], images.data);
    const expected = (await whole.run({ image })).logits!.data as Float32Array;
    const got = (await part.run({ image: features })).logits!.data as Float32Array;
    got.forEach((v, i) => {
      expect(v).toBeCloseTo(expected[i]!, 5);
    });
    await Promise.all([whole.close(), part.close()]);

    const encoder = classify.encoder({ classes: 3, size: [32, 32], smoothing: 0 }, labels);
    const result = await train({
      task: classify,
      network: head,
      classes: ['a', 'b', 'c'],
      runtime,
      options: trainOptions({ epochs: 40, batch: 6, lr: 0.1, warmup: 0 }),
      train: featureSource(features, labels, { encoder, batchSize: 6, seed: 0 }),
      val: featureSource(features, labels, { encoder, batchSize: 12 }),
      weights,
    });
    expect(result.best!.figures.accuracy).toBe(1);
    const same = (name: string) =>
      Buffer.from((result.weights.get(name) as Tensor<'float32'>).data.buffer).equals(
        Buffer.from(weights.get(name)!.data.buffer),
      );
    expect(same('head.fc.weight')).toBe(false);
    expect([...weights.keys()].filter((name) => !name.startsWith('head.')).every(same)).toBe(true);
  });
});
