import { describe, expect, it } from 'vitest';
import { f32, i64, type Tensor } from '../base/tensor.ts';
import { graph } from '../graph/graph.ts';
import { deviation, runFile, runImported } from '../onnx/import/testing/compare.ts';
import { modelFile } from '../onnx/import/testing/files.ts';
import { int, ints, modelOf, node } from '../onnx/import/testing/wire.ts';
import { fromOnnx } from '../onnx/read.ts';
import type { Node } from '../onnx/wire/messages.ts';
import { encodeModel } from '../onnx/wire/model.ts';
import { openRuntime } from '../runtime/node/open.ts';
import { compile } from '../runtime/runtime.ts';
import { formulaInput } from '../testing/formula.ts';
import { importedModel } from './testing/imported-model.ts';

describe('an imported model', () => {
  it('has what our own models have', () => {
    const m = importedModel(modelFile('resnet-l13'), { parameters: true });
    expect([m.channels, m.classes, m.size]).toEqual([3, 5, [64, 64]]);
    expect(m.graph.inputs).toEqual([m.image]);
    expect([...m.graph.outputs]).toEqual([['logits', m.logits]]);
    expect(m.stages.map((s) => [s.level, s.channels])).toEqual([
      [4, 8],
      [8, 12],
      [16, 16],
      [32, 16],
    ]);
    for (const s of m.stages) expect(s.value.type.shape).toEqual(['N', s.channels, 64 / s.level, 64 / s.level]);
    expect(m.pooled!.type.shape).toEqual(['N', 16]);
    expect(m.weights.get('conv1.weight')!.shape).toEqual([64, 3, 7, 7]);
    expect(m.notes).toEqual([]);
  });

  it.each<[string, [number, RegExp][]]>([
    [
      'mobilenetv3-l9',
      [
        [32, /^Gemm in classifier\.3/],
        [96, /^Gemm in classifier\.0/],
      ],
    ],
    ['squeezenet-l17', [[32, /^Conv in classifier\.1/]]],
    ['vit-l14', [[16, /^Gemm in heads\.head/]]],
    ['keras-13', [[16, /^MatMul/]]],
  ])('%s: tells where a new head can be put', (name, heads) => {
    const m = importedModel(modelFile(name));
    expect(m.heads.length).toBe(heads.length);
    heads.forEach(([features, before], i) => {
      expect(m.heads[i]!.features).toBe(features);
      expect(m.heads[i]!.before).toMatch(before);
      expect(m.heads[i]!.value.type.shape).toEqual(['N', features]);
    });
    expect(m.pooled).toBe(m.heads[0]!.value);
  });

  it('is cut at a value of the file', async () => {
    const file = modelFile('densenet-l17');
    const name = file.graph.node.find((n) => n.opType === 'GlobalAveragePool')?.output[0] ?? '';
    const m = importedModel(file, { cut: name });
    expect([...m.graph.outputs.keys()]).toEqual([name]);
    const image = formulaInput('image', [2, 3, 64, 64]);
    const cut = (await runImported({ ...fromOnnx(file), graph: m.graph }, { image }))[name]!;
    expect(cut.shape).toEqual([2, 32, 1, 1]);
    const asked = { ...file, graph: { ...file.graph, output: [{ ...file.graph.output[0]!, name }] } };
    const whole = (
      await runFile(
        encodeModel({ ...asked, graph: { ...asked.graph, output: [{ name, type: { kind: 'tensor', elemType: 1 } }] } }),
        { image },
      )
    )[name]!;
    expect(deviation(cut, whole)).toBeLessThan(1e-6);
    expect(() => importedModel(file, { cut: 'nowhere' })).toThrow(/unknown value 'nowhere'/);
  });

  it('has channels first whatever the file has, and no softmax at the end', () => {
    const m = importedModel(modelFile('keras-13'));
    expect(m.image.type.shape).toEqual(['N', 3, 48, 48]);
    // Keras prepares the image before tf2onnx turns it for its convolutions: there and back, and nothing else is turned.
    expect(m.graph.nodes.filter((n) => n.op === 'Transpose').length).toBe(2);
    expect(m.graph.nodes.some((n) => n.op === 'Softmax')).toBe(false);
  });

  it('takes the size it is given', () => {
    const conv = node('Conv', ['x', 'w'], ['c']);
    const head = [node('GlobalAveragePool', ['c'], ['p']), node('Flatten', ['p'], ['y'])];
    const open = modelOf({
      inputs: { x: ['b', 3, 'h', 'w_'] },
      initializers: { w: formulaInput('w', [4, 3, 3, 3]) },
      nodes: [conv, ...head],
      outputs: ['y'],
    });
    expect(() => importedModel(open)).toThrow(/say which in options.size/);
    expect(importedModel(open, { size: [32, 48] }).image.type.shape).toEqual(['N', 3, 32, 48]);
    expect(importedModel(modelFile('mobilenetv2-l11'), { size: 96 }).size).toEqual([96, 96]);
  });

  it('takes pixels as bytes where the file does, rounded and not cut off', async () => {
    const file = modelOf({
      inputs: { x: { dtype: 'uint8', shape: [1, 4, 4, 3] } },
      nodes: [
        node('Cast', ['x'], ['f'], { to: int(1) }),
        node('ReduceSum', ['f'], ['s'], { axes: ints(1, 2), keepdims: int(0) }),
        node('Gemm', ['s', 'w'], ['y']),
      ],
      initializers: { w: f32([3, 2], [1, 0, 0, 1, 0, 0]) },
      outputs: ['y'],
      opset: 12,
    });
    const m = importedModel(file);
    expect(m.image.type).toEqual({ dtype: 'float32', shape: ['N', 3, 4, 4] });
    // Two planes of nearly 7 and of more than a byte holds.
    const image = f32(
      [1, 3, 4, 4],
      Float32Array.from({ length: 48 }, (_, i) => [6.99999, 300, 0][Math.floor(i / 16)]!),
    );
    const program = await compile(await openRuntime(), graph({ y: m.logits }), {
      constants: m.weights,
      target: 'standard',
    });
    const { y } = await program.run({ image });
    expect([...(y!.data as Float32Array)]).toEqual([16 * 7, 16 * 255]);
  });

  it('says what it cannot find', () => {
    const y = node('Relu', ['x'], ['y']);
    const nodes = [node('Flatten', ['x'], ['f']), node('Flatten', ['z'], ['g']), node('Add', ['f', 'g'], ['y'])];
    expect(() => importedModel(modelOf({ inputs: { x: [1, 5] }, nodes: [y], outputs: ['y'] }))).toThrow(
      /no input is an image of 1 or 3 channels as floats or bytes/,
    );
    const two = modelOf({ inputs: { x: ['N', 3, 4, 4], z: ['N', 3, 4, 4] }, nodes, outputs: ['y'] });
    expect(() => importedModel(two)).toThrow(/several inputs could be the image: 'x', 'z'/);
    expect(() => importedModel(two, { image: 'x' })).toThrow(/needs more than an image/);
    const map = modelOf({ inputs: { x: ['N', 3, 4, 4] }, nodes: [y], outputs: ['y'] });
    expect(() => importedModel(map)).toThrow(/no output is a matrix of logits .*'y' \[N,3,4,4\]/);
    const both = modelOf({
      inputs: { x: ['N', 3, 4, 4] },
      nodes: [node('Flatten', ['x'], ['y']), node('Neg', ['y'], ['z'])],
      outputs: ['y', 'z'],
    });
    expect(() => importedModel(both)).toThrow(/several outputs could be the logits/);
    expect(importedModel(both, { logits: 'z' }).graph.nodes.map((n) => n.op)).toEqual(['Flatten', 'Neg']);
  });
});

/** A file for one image: [1, 2, 4, 4] through `nodes` to y. */
const single = (nodes: Node[], initializers: Record<string, Tensor> = {}) =>
  modelOf({ inputs: { image: [1, 1, 4, 4] }, initializers, nodes, outputs: ['y'] });

describe('a file for one image', () => {
  it.each<[string, Node[], Record<string, Tensor>]>([
    [
      'shapes with the 1 written in',
      [node('Reshape', ['image', 's'], ['r']), node('Softmax', ['r'], ['t']), node('Reshape', ['t', 'f'], ['y'])],
      { s: i64([3], [1, 4, 4]), f: i64([2], [1, 16]) },
    ],
    [
      'shapes without the 1',
      [node('Reshape', ['image', 's'], ['r']), node('MatMul', ['r', 'w'], ['m']), node('Reshape', ['m', 'f'], ['y'])],
      { s: i64([2], [4, 4]), w: formulaInput('w', [4, 3]), f: i64([2], [1, -1]) },
    ],
    [
      'tokens before images',
      [
        node('Reshape', ['image', 's'], ['r']),
        node('Transpose', ['r'], ['t'], { perm: ints(1, 0, 2) }),
        node('Reshape', ['t', 'm'], ['u']),
        node('MatMul', ['u', 'w'], ['v']),
        node('Reshape', ['v', 'b'], ['c']),
        node('Transpose', ['c'], ['d'], { perm: ints(1, 0, 2) }),
        node('Flatten', ['d'], ['y']),
      ],
      { s: i64([3], [1, 4, 4]), m: i64([2], [4, 4]), w: formulaInput('w', [4, 3]), b: i64([3], [4, 1, 3]) },
    ],
    [
      'a token written once',
      [
        node('Reshape', ['image', 's'], ['r']),
        node('Concat', ['token', 'r'], ['c'], { axis: int(1) }),
        node('Flatten', ['c'], ['y']),
      ],
      { s: i64([3], [1, -1, 4]), token: formulaInput('token', [1, 1, 4]) },
    ],
    [
      'windows',
      [
        node('Reshape', ['image', 's'], ['r']),
        node('Transpose', ['r'], ['t'], { perm: ints(0, 1, 3, 2, 4) }),
        node('Reshape', ['t', 'w'], ['u']),
        node('ReduceMean', ['u'], ['v'], { axes: ints(1), keepdims: int(0) }),
        node('Reshape', ['v', 'f'], ['y']),
      ],
      { s: i64([5], [1, 2, 2, 2, 2]), w: i64([3], [4, 2, 2]), f: i64([2], [1, 8]) },
    ],
    [
      'sizes for resizing',
      [node('Resize', ['image', '', '', 's'], ['r'], {}), node('Flatten', ['r'], ['y'])],
      { s: i64([4], [1, 1, 7, 9]) },
    ],
  ])('with %s takes a batch', async (_, nodes, initializers) => {
    const model = single(nodes, initializers);
    const m = importedModel(model);
    expect(m.notes.join()).toMatch(/batch was made open/);
    const pair = formulaInput('pair', [2, 1, 4, 4]);
    const { logits } = await runImported({ ...fromOnnx(model), graph: m.graph }, { image: pair });
    const rows = logits!.data.length / 2;
    for (const i of [0, 1]) {
      const { y } = await runFile(encodeModel(model), {
        image: f32([1, 1, 4, 4], pair.data.slice(16 * i, 16 * i + 16)),
      });
      expect(deviation(f32(y!.shape, (logits!.data as Float32Array).slice(i * rows, (i + 1) * rows)), y!)).toBeLessThan(
        1e-6,
      );
    }
  });

  it.each<[string, Node[], Record<string, Tensor>]>([
    ['a sum over everything', [node('ReduceSum', ['image'], ['r']), node('Flatten', ['r'], ['y'])], {}],
    [
      'a mean over the batch',
      [node('ReduceMean', ['image'], ['r'], { axes: ints(0) }), node('Flatten', ['r'], ['y'])],
      {},
    ],
    [
      'a softmax over the batch',
      [node('Flatten', ['image'], ['f']), node('Softmax', ['f'], ['s'], { axis: int(0) }), node('Neg', ['s'], ['y'])],
      {},
    ],
    [
      'the first image picked',
      [node('Flatten', ['image'], ['f']), node('Gather', ['f', 'zero'], ['g']), node('Add', ['f', 'g'], ['y'])],
      { zero: i64([1], [0]) },
    ],
    [
      'tokens and images in one row',
      [
        node('Reshape', ['image', 's'], ['r']),
        node('Softmax', ['r'], ['q'], { axis: int(0) }),
        node('Reshape', ['q', 'f'], ['y']),
      ],
      { s: i64([1], [16]), f: i64([2], [1, 16]) },
    ],
    [
      'rows multiplied with their own transpose',
      [
        node('Reshape', ['image', 's'], ['r']),
        node('Transpose', ['r'], ['t']),
        node('MatMul', ['r', 't'], ['m']),
        node('Reshape', ['m', 'f'], ['y']),
      ],
      { s: i64([2], [4, 4]), f: i64([2], [1, 16]) },
    ],
    [
      'the batch squeezed away',
      [
        node('Squeeze', ['image', 'zero'], ['q']),
        node('ReduceMean', ['q'], ['r'], { axes: ints(0), keepdims: int(0) }),
        node('Relu', ['r'], ['y']),
      ],
      { zero: i64([1], [0]) },
    ],
  ])('with %s stays one', (_, nodes, initializers) => {
    const model = single(nodes, initializers);
    const m = importedModel(model);
    expect(m.image.type.shape[0]).toBe(1);
    expect(m.notes[0]).toMatch(/^the batch stays 1: /);
    expect(() => {
      const { graph } = fromOnnx(model, { inputs: { image: ['N', 1, 4, 4] } });
      const [y] = [...graph.outputs.values()];
      if (y!.type.shape[0] !== 'N') throw new Error(`mixes the images: [${y!.type.shape}]`);
    }).toThrow(/mixes the images|do not fit|cannot/);
  });

  it('for more than one keeps their number', () => {
    const m = importedModel(
      modelOf({ inputs: { image: [4, 3, 8, 8] }, nodes: [node('Flatten', ['image'], ['y'])], outputs: ['y'] }),
    );
    expect(m.image.type.shape).toEqual([4, 3, 8, 8]);
    expect(m.notes).toEqual(['the batch stays 4, as the file has it']);
  });
});
