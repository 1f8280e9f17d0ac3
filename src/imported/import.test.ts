import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { f32, type Tensor } from '../base/tensor.ts';
import { graph, nameOf, roleOf } from '../graph/graph.ts';
import { classifier, type Model } from '../models/model.ts';
import { deviation, runFile, runtime } from '../onnx/import/testing/compare.ts';
import { modelFile } from '../onnx/import/testing/files.ts';
import { int, ints, modelOf, node } from '../onnx/import/testing/wire.ts';
import { encodeModel } from '../onnx/wire/model.ts';
import { compile } from '../runtime/runtime.ts';
import { formulaInput } from '../testing/formula.ts';
import { trainingForm } from '../train/mode.ts';
import { agreement } from './agreement.ts';
import { buildImported, weightsOf } from './build.ts';
import { type ImportModelOptions, importModel } from './import.ts';
import { labelsFrom, labelsIn } from './labels.ts';
import { importFolder } from './node/import-folder.ts';
import { openImported } from './node/open-imported.ts';
import { fixturePath, temporaryFolder } from './testing/folder.ts';

const folder = temporaryFolder();

async function run(values: Parameters<typeof graph>[0], weights: ReadonlyMap<string, Tensor>, image: Tensor) {
  const program = await compile(runtime, graph(values), { target: 'standard', constants: weights });
  try {
    return await program.run({ image });
  } finally {
    await program.close();
  }
}

const rolesOf = (model: Model) => new Map(classifier(model).params.map((p) => [nameOf(p)!, roleOf(p)]));

describe('which tensors are trained', () => {
  const roles = (options: ImportModelOptions) => {
    const draft = importModel(modelFile('resnet-l13'), options);
    return new Map(draft.parameters.map((p) => [p.name, p.role]));
  };
  const trained = (all: ReadonlyMap<string, string>) => [...all].filter(([, r]) => r === 'trainable').map(([n]) => n);

  it('all weights, unless patterns say which', () => {
    const all = roles({});
    expect(all.get('bn1.running_var')).toBe('statistic');
    expect([...all.values()].filter((r) => r === 'frozen')).toEqual([]);
    expect(trained(roles({ train: ['fc.*'] }))).toEqual(['fc.weight', 'fc.bias']);
    const half = roles({ freeze: ['layer?.*', 'conv1.weight'] });
    expect(trained(half)).toEqual(['bn1.weight', 'bn1.bias', 'fc.weight', 'fc.bias']);
    expect(half.get('layer1.0.conv1.weight')).toBe('frozen');
    expect(half.get('layer1.0.bn1.running_mean')).toBe('statistic');
    expect(trained(roles({ train: ['fc.*'], freeze: ['fc.bias'] }))).toEqual(['fc.weight']);
    expect(roles({ train: ['fc.*'] }).size).toBe(all.size);
  });

  it('keeps the statistics of a frozen normalisation', async () => {
    await importFolder(fixturePath('resnet-l13'), join(folder, 'frozen'), { freeze: ['*bn*'] });
    const { model } = await openImported(join(folder, 'frozen'));
    expect(rolesOf(model).get('bn1.weight')).toBe('frozen');
    const tracked = trainingForm([model.logits]).statistics.map((s) => s.name);
    expect([...new Set(tracked.map((n) => n.split('.').slice(-2)[0]))]).toEqual(['1']);
  });

  it('also by the names that the file has, and a pattern that fits nothing is a mistake', () => {
    const draft = importModel(modelFile('mobilenetv2-l11'), { freeze: ['onnx::Conv_140'] });
    expect(draft.parameters.filter((p) => p.role === 'frozen')).toEqual([
      expect.objectContaining({ name: 'features.0.0.weight', source: 'onnx::Conv_140' }),
    ]);
    expect(() => roles({ train: ['fc'] })).toThrow(/no tensor of the model is called 'fc'/);
    expect(() => roles({ freeze: ['fc.wieght'] })).toThrow(/did you mean 'fc\.weight'/);
  });
});

it('lists parameters in the order of the data, each use of a tensor that is stored once under the name of its place', () => {
  const conv = (scope: string, x: string, weight: string, y: string) =>
    node('Conv', [x, weight, scope === 'a' ? 'a.bias' : 'same'], [y], {}, { name: `/${scope}/Conv` });
  const file = modelOf({
    inputs: { image: ['N', 3, 8, 8] },
    initializers: {
      'c.weight': formulaInput('c', [3, 3, 1, 1]),
      'b.weight': formulaInput('b', [3, 3, 1, 1]),
      'a.weight': formulaInput('a', [3, 3, 1, 1]),
      'a.bias': f32([3]),
    },
    nodes: [
      // PyTorch writes equal tensors once and copies them before all else.
      node('Identity', ['a.bias'], ['same']),
      node('Transpose', ['c.weight'], ['turned'], { perm: ints(1, 0, 2, 3) }),
      conv('a', 'image', 'a.weight', 'x'),
      conv('b', 'x', 'b.weight', 'y'),
      conv('c', 'y', 'turned', 'z'),
      node('GlobalAveragePool', ['z'], ['p']),
      node('Flatten', ['p'], ['out']),
    ],
    outputs: ['out'],
  });
  expect(importModel(file).parameters.map((p) => p.name)).toEqual([
    'a.weight',
    'a.bias',
    'b.weight',
    'b.bias',
    'c.weight',
    'c.bias',
  ]);
});

describe('the place of a new head', () => {
  const image = formulaInput('image', [2, 3, 64, 64]);

  it('is where --head says: a map is averaged, and the old classifier stays until other classes are asked for', async () => {
    const draft = importModel(modelFile('resnet-l13'), { head: '/layer2/layer2.0/act2/Relu_output_0' });
    expect(draft.head).toMatchObject({ features: 12, before: 'Conv in layer3.0.conv1' });
    const [own, other] = [buildImported(draft.onnx, draft), buildImported(draft.onnx, draft, { classes: 4 })];
    expect([own.classes, own.pooled.type.shape]).toEqual([5, ['N', 12]]);
    expect(rolesOf(own).has('fc.weight')).toBe(true);
    const names = [...rolesOf(other).keys()];
    expect(names.filter((n) => /^(fc|head|layer[34])/.test(n))).toEqual(['head.weight', 'head.bias']);
    const stage = own.stages.find((s) => s.level === 8)!;
    const got = await run({ pooled: own.pooled, map: stage.value }, draft.weights, image);
    const pixels = got.map!.data as Float32Array;
    const mean = Float32Array.from(
      { length: 24 },
      (_, i) => pixels.slice(64 * i, 64 * i + 64).reduce((a, b) => a + b) / 64,
    );
    expect(deviation(got.pooled!, f32([2, 12], mean))).toBeLessThan(1e-6);
    expect([...weightsOf(other, draft, draft.weights).keys()].some((n) => n.startsWith('fc'))).toBe(false);
  });

  it('takes maps with their channels last, and tokens', () => {
    const file = modelFile('swin-l17');
    const first = importModel(file, { head: '/layers/layers.1/blocks/blocks.0/Add_output_0' });
    expect(first.head.features).toBe(16);
    const vit = modelFile('vit-l14');
    expect(importModel(vit, { head: '/encoder/ln/Add_1_output_0' }).head.features).toBe(16);
    expect(() => importModel(vit, { head: 'nowhere' })).toThrow(/unknown value 'nowhere'/);
    expect(() => importModel(vit, { head: 'a', cut: 'b' })).toThrow(/not both/);
  });

  it('is the end of a model that is cut, whatever comes behind', async () => {
    const file = modelFile('detector-l12');
    expect(() => importModel(file)).toThrow(/what the outputs mean is not sure: .*\n +--output yolov8/);
    const end = '/down/down.2/Mul_output_0';
    const tail = [node('NonMaxSuppression', [end, end], ['boxes']), node('Loop', ['boxes'], ['more'])];
    const worse = { ...file, graph: { ...file.graph, node: [...file.graph.node, ...tail] } };
    const draft = importModel(worse, { cut: end });
    expect(draft).toMatchObject({ classes: null, head: { value: end, features: 16 }, anySize: true });
    expect(draft.parameters.map((p) => p.name.split('.')[0])).not.toContain('top');
    const model = buildImported(draft.onnx, draft, { classes: 2, size: 96 });
    expect(model.logits.type.shape).toEqual(['N', 2]);
    expect(buildImported(draft.onnx, draft).classes).toBe(1000);
    const cut = {
      ...file,
      graph: { ...file.graph, output: [{ name: end, type: { kind: 'tensor' as const, elemType: 1 } }] },
    };
    const map = Object.values(await runFile(encodeModel(cut), { image }))[0]!;
    const pixels = map.data as Float32Array;
    const each = pixels.length / 32;
    const mean = Float32Array.from(
      { length: 32 },
      (_, i) => pixels.slice(each * i, each * i + each).reduce((a, b) => a + b) / each,
    );
    const { pooled } = await run({ pooled: buildImported(draft.onnx, draft).pooled }, draft.weights, image);
    expect(deviation(pooled!, f32([2, 16], mean))).toBeLessThan(1e-5);
  });

  it('gets another name where there is a head already, and dropout before it', () => {
    const draft = importModel(modelFile('hiera-l16'), { head: 'logits' });
    const model = buildImported(draft.onnx, draft, { classes: 2, dropRate: 0.25 });
    expect([...rolesOf(model).keys()].slice(-2)).toEqual(['head.weight', 'head.bias']);
    expect(trainingForm([model.logits]).draws).toEqual([
      expect.objectContaining({ from: { kind: 'mask', rate: 0.25 }, shape: ['N', 5] }),
    ]);
    const twice = {
      ...draft,
      parameters: draft.parameters.map((p) => (p.name === 'head.fc.bias' ? { ...p, name: 'head.bias' } : p)),
    };
    const file = renamed(draft.onnx, 'head.fc.bias', 'head.bias');
    expect([...rolesOf(buildImported(file, twice, { classes: 2 })).keys()].slice(-2)).toEqual([
      'new_head.weight',
      'new_head.bias',
    ]);
  });

  it('has dropout before the file’s own classifier as well', () => {
    for (const name of ['resnet-l13', 'squeezenet-l17']) {
      const draft = importModel(modelFile(name));
      const masks = (rate: number) => trainingForm([buildImported(draft.onnx, draft, { dropRate: rate }).logits]).draws;
      expect(masks(0)).toEqual([]);
      expect(masks(0.5).map((m) => m.from)).toEqual([{ kind: 'mask', rate: 0.5 }]);
    }
  });
});

const renamed = (file: ReturnType<typeof modelFile>, from: string, to: string) => ({
  ...file,
  graph: {
    ...file.graph,
    input: file.graph.input.map((i) => (i.name === from ? { ...i, name: to } : i)),
    node: file.graph.node.map((n) => ({ ...n, input: n.input.map((i) => (i === from ? to : i)) })),
  },
});

describe('images', () => {
  it('in colour are made grey for a model that sees grey', async () => {
    const draft = importModel(modelFile('oldies-l17'));
    const [grey, colour] = [buildImported(draft.onnx, draft, { channels: 1 }), buildImported(draft.onnx, draft)];
    const image = formulaInput('image', [2, 3, 64, 64]);
    const luma = f32([2, 1, 64, 64]);
    luma.data.forEach((_, i) => {
      const at = (c: number) => image.data[(Math.floor(i / 4096) * 3 + c) * 4096 + (i % 4096)]!;
      luma.data[i] = 0.299 * at(0) + 0.587 * at(1) + 0.114 * at(2);
    });
    const [a, b] = [
      await run({ y: colour.logits }, draft.weights, image),
      await run({ y: grey.logits }, draft.weights, luma),
    ];
    expect(deviation(a.y!, b.y!)).toBeLessThan(1e-5);
    const resnet = importModel(modelFile('resnet-l13'));
    expect(() => buildImported(resnet.onnx, resnet, { channels: 1 })).toThrow(/takes images of 3 channels, not 1/);
    expect(() => buildImported(resnet.onnx, resnet, { dropPath: 0.1 })).toThrow(/no stochastic depth/);
  });

  it('that the model prepares itself are noted', () => {
    expect(importModel(modelFile('keras-13')).notes.join()).toMatch(
      /begins with arithmetic on the pixels \(Mul, Add\)/,
    );
    expect(importModel(modelFile('resnet-l13')).notes).toEqual([]);
  });

  it('come in batches, or the model is no use', () => {
    const joined = modelOf({
      inputs: { image: [1, 3, 8, 8] },
      nodes: [
        node('Softmax', ['image'], ['s'], { axis: int(0) }),
        node('GlobalAveragePool', ['s'], ['p']),
        node('Flatten', ['p'], ['y']),
      ],
      outputs: ['y'],
    });
    expect(() => importModel(joined)).toThrow(/one batch size only.*Softmax/);
  });
});

describe('a classifier of one pixel', () => {
  const file = (last: 'Softmax' | 'Relu') =>
    modelOf({
      opset: 13,
      inputs: { image: ['N', 3, 16, 16] },
      initializers: { w: formulaInput('w', [4, 3, 3, 3]) },
      nodes: [
        node('Conv', ['image', 'w'], ['c']),
        node('GlobalAveragePool', ['c'], ['p']),
        node(last, ['p'], ['y'], last === 'Softmax' ? { axis: int(1) } : {}),
      ],
      outputs: ['y'],
    });

  it('gives rows, from before its softmax', async () => {
    const draft = importModel(file('Softmax'));
    expect(draft).toMatchObject({ classes: 4 });
    expect(draft.notes.join()).toMatch(/the softmax at its end was taken off/);
    expect(await agreement(runtime, draft, { mean: [0, 0, 0], std: [1, 1, 1] })).toHaveProperty('difference');
    expect(importModel(file('Relu')).notes.join()).not.toMatch(/taken off/);
  });

  it('that has no features before it takes a new head on its logits', () => {
    const bare = modelOf({
      inputs: { image: ['N', 1, 8, 8] },
      nodes: [node('Relu', ['image'], ['r']), node('Flatten', ['r'], ['y'])],
      outputs: ['y'],
    });
    const draft = importModel(bare);
    expect(draft.notes.join()).toMatch(/no features before the classifier/);
    expect(buildImported(draft.onnx, draft, { classes: 2 }).pooled.type.shape).toEqual(['N', 64]);
  });
});

describe('the comparison with the file', () => {
  const p = { mean: [0.5, 0.5, 0.5] as [number, number, number], std: [0.5, 0.5, 0.5] as [number, number, number] };

  it('finds a model that computes something else', async () => {
    const draft = importModel(modelFile('resnet-l13'));
    const same = await agreement(runtime, draft, p);
    expect('difference' in same && same.difference).toBeLessThan(1e-5);
    const bias = draft.weights.get('fc.bias')!;
    const weights = new Map([
      ...draft.weights,
      [
        'fc.bias',
        f32(
          bias.shape,
          bias.data.map((v) => v + 0.1),
        ),
      ],
    ]);
    await expect(agreement(runtime, { ...draft, weights }, p)).rejects.toThrow(
      /does not compute what the file computes/,
    );
  });

  it('says why it could not be made', async () => {
    const unknown = async (options: ImportModelOptions) =>
      agreement(runtime, importModel(modelFile('mobilenetv2-l11'), options), p);
    expect(await unknown({ size: 96 })).toEqual({ unknown: 'the file is for images of 64×64' });
    expect(await unknown({ cut: '/Flatten_output_0' })).toEqual({ unknown: 'the model was cut' });
  });
});

describe('labels', () => {
  it('come from a text file, one a line', async () => {
    expect(labelsFrom('\uFEFFa b\r\nc\n\n')).toEqual(['a b', 'c']);
    expect(() => labelsFrom('a\n\nb')).toThrow(/line 2/);
    const path = join(folder, 'labels.txt');
    writeFileSync(path, 'a\nb\nc\nd\ne\n');
    const out = join(folder, 'labelled');
    expect((await importFolder(fixturePath('resnet-l13'), out, { labels: path })).record.labels).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
    writeFileSync(path, 'a\n');
    await expect(importFolder(fixturePath('resnet-l13'), join(folder, 'no'), { labels: path })).rejects.toThrow(
      /1 labels, the model 5 classes/,
    );
  });

  it('or from the file itself, as Ultralytics writes them', () => {
    const named = (value: string) => labelsIn({ ...modelFile('resnet-l13'), metadataProps: [{ key: 'names', value }] });
    expect(named(`{0: 'red iron', 1: "driver's cab", 2: 'it\\'s'}`)).toEqual(['red iron', "driver's cab", "it's"]);
    for (const odd of ['', '{}', "{1: 'a'}", "{0: 'a' 1: 'b'}", "{0: 'a'", "['a']"]) expect(named(odd)).toBeUndefined();
    expect(labelsIn(modelFile('resnet-l13'))).toBeUndefined();
  });
});

it('writes down numbers that are none', () => {
  const file = modelOf({
    inputs: { image: ['N', 3, 8, 8] },
    initializers: { w: f32([2, 3, 1, 1], [Number.NaN, 1, 2, 3, Number.POSITIVE_INFINITY, 5]) },
    nodes: [
      node('Conv', ['image', 'w'], ['c']),
      node('GlobalAveragePool', ['c'], ['p']),
      node('Flatten', ['p'], ['y']),
    ],
    outputs: ['y'],
  });
  expect(importModel(file).parameters).toEqual([
    { name: 'w', shape: [2, 3, 1, 1], role: 'trainable', init: { kind: 'constant', value: 0 } },
  ]);
});
