import { describe, expect, it } from 'vitest';
import { f32, i64 } from '../base/tensor.ts';
import { graph } from '../graph/graph.ts';
import { deviation, runFile, runtime } from '../onnx/import/testing/compare.ts';
import { float, int, ints, modelOf, node } from '../onnx/import/testing/wire.ts';
import type { Node } from '../onnx/wire/messages.ts';
import { encodeModel } from '../onnx/wire/model.ts';
import { compile } from '../runtime/runtime.ts';
import { formulaInput } from '../testing/formula.ts';
import { buildImported } from './build.ts';
import { importModel } from './import.ts';

/** A small classifier whose logits `l` go through `tail` to y. */
const classifierWith = (tail: readonly Node[], outputs: readonly string[] = ['y'], classes = 4) =>
  modelOf({
    inputs: { image: ['N', 3, 16, 16] },
    initializers: {
      w: formulaInput('w', [8, 3, 3, 3]),
      v: formulaInput('v', [classes, 8]),
      b: formulaInput('b', [classes]),
      low: f32([], [-0.2]),
      high: f32([], [0.2]),
      row: i64([2], [-1, classes]),
      one: i64([1], [1]),
      hundred: f32([], [100]),
      little: f32([], [1e-6]),
    },
    nodes: [
      node('Conv', ['image', 'w'], ['c']),
      node('Relu', ['c'], ['r']),
      node('GlobalAveragePool', ['r'], ['p']),
      node('Flatten', ['p'], ['f']),
      node('Gemm', ['f', 'v', 'b'], ['l'], { transB: int(1) }),
      ...tail,
    ],
    outputs,
  });

async function answers(file: ReturnType<typeof classifierWith>, output = 'y') {
  const draft = importModel(file);
  const image = formulaInput('two', [2, 3, 16, 16]);
  const model = buildImported(draft.onnx, draft);
  const given = { logits: model.logits, restored: draft.original.restore(model.logits) };
  const program = await compile(runtime, graph(given), { target: 'standard', constants: draft.weights });
  const { logits, restored } = await program.run({ image });
  await program.close();
  const expected = (await runFile(encodeModel(file), { image }))[output]!;
  return { draft, logits: logits!, restored: restored!, expected };
}

describe('an activation behind the logits', () => {
  const one = (op: string, attributes = {}) => [node(op, ['l'], ['y'], attributes)];
  it.each<[string, Node[], RegExp]>([
    ['Softmax', one('Softmax', { axis: int(1) }), /the softmax at its end was taken off/],
    ['LogSoftmax', one('LogSoftmax'), /the softmax at its end was taken off/],
    ['a softmax and its logarithm', [node('Softmax', ['l'], ['s']), node('Log', ['s'], ['y'])], /softmax/],
    ['Sigmoid', one('Sigmoid'), /ends in Sigmoid: it was taken off.*exactly one class/],
    ['HardSigmoid', one('HardSigmoid', { alpha: float(0.3) }), /ends in HardSigmoid/],
    ['the logarithm of a Sigmoid', [node('Sigmoid', ['l'], ['s']), node('Log', ['s'], ['y'])], /Sigmoid, Log/],
    ['Tanh', one('Tanh'), /ends in Tanh/],
    ['Softplus', one('Softplus'), /ends in Softplus/],
    ['Relu', one('Relu'), /ends in Relu/],
    ['Clip', [node('Clip', ['l', 'low', 'high'], ['y'])], /ends in Clip/],
    [
      'a softmax that was written out',
      [node('Exp', ['l'], ['e']), node('ReduceSum', ['e', 'one'], ['s']), node('Div', ['e', 's'], ['y'])],
      /softmax/,
    ],
    ['a Sigmoid that is reshaped', [node('Sigmoid', ['l'], ['s']), node('Reshape', ['s', 'row'], ['y'])], /Sigmoid/],
    [
      'a softmax in percent',
      [node('Softmax', ['l'], ['s'], { axis: int(1) }), node('Mul', ['hundred', 's'], ['y'])],
      /the softmax at its end was taken off/,
    ],
    [
      'the logarithm of a softmax and a little more',
      [node('Softmax', ['l'], ['s'], { axis: int(1) }), node('Add', ['s', 'little'], ['t']), node('Log', ['t'], ['y'])],
      /the softmax at its end was taken off/,
    ],
    [
      'Sigmoids that add up to one',
      [node('Sigmoid', ['l'], ['s']), node('ReduceSum', ['s', 'one'], ['t']), node('Div', ['s', 't'], ['y'])],
      /ends in Sigmoid, Div/,
    ],
    [
      'Sigmoids divided by their sum, as LpNormalization',
      [node('Sigmoid', ['l'], ['s']), node('LpNormalization', ['s'], ['y'], { axis: int(1), p: int(1) })],
      /ends in Sigmoid, Div/,
    ],
    ['a row of length one', [node('LpNormalization', ['l'], ['y'], { axis: int(1) })], /ends in Div/],
    [
      'a row of length one, kept from dividing by zero',
      [
        node('ReduceL2', ['l'], ['n'], { axes: ints(1) }),
        node('Clip', ['n', 'little'], ['c2']),
        node('Shape', ['l'], ['shape']),
        node('Expand', ['c2', 'shape'], ['d']),
        node('Div', ['l', 'd'], ['y']),
      ],
      /ends in Div/,
    ],
  ])('%s is taken off, and can be put on again', async (_, tail, note) => {
    const { draft, logits, restored, expected } = await answers(classifierWith(tail));
    expect(draft.notes.join()).toMatch(note);
    const plain = await answers(classifierWith([node('Identity', ['l'], ['y'])]));
    expect(plain.draft.notes).toEqual([]);
    expect(deviation(logits, plain.expected)).toBeLessThan(1e-6);
    expect(deviation(restored, expected)).toBeLessThan(1e-6);
  });

  it('of one answer makes two classes of it', async () => {
    const { draft, logits, restored, expected } = await answers(
      classifierWith([node('Sigmoid', ['l'], ['y'])], ['y'], 1),
    );
    expect(draft.classes).toBe(2);
    expect(draft.notes.join()).toMatch(/One answer became two classes/);
    expect(draft.head.features).toBe(8);
    expect(deviation(restored, expected)).toBeLessThan(1e-6);
    const [a, b] = logits.data as Float32Array;
    expect(Math.exp(b!) / (Math.exp(a!) + Math.exp(b!))).toBeCloseTo(Number(expected.data[0]), 6);
    // Without one, a single number may be anything.
    const number = importModel(classifierWith([node('Identity', ['l'], ['y'])], ['y'], 1));
    expect(number.classes).toBe(1);
    expect(number.notes.join()).toMatch(/one number for an image/);
  });

  it('beside the logits is the same answer', () => {
    const draft = importModel(classifierWith([node('Sigmoid', ['l'], ['y'])], ['y', 'l']));
    expect(draft.original.logits).toBe('l');
    expect(draft.notes).toEqual([]);
  });

  it('that turns the order of answers round is left, as are features', () => {
    expect(importModel(classifierWith([node('Neg', ['l'], ['y'])])).notes).toEqual([]);
    // A network that ends before its classifier: what is averaged was cut off at zero long before.
    const features = modelOf({
      inputs: { image: ['N', 3, 16, 16] },
      initializers: { w: formulaInput('w', [8, 3, 3, 3]) },
      nodes: [
        node('Conv', ['image', 'w'], ['c']),
        node('GlobalAveragePool', ['c'], ['p']),
        node('Relu', ['p'], ['r']),
        node('Flatten', ['r'], ['y']),
      ],
      outputs: ['y'],
    });
    expect(importModel(features).notes.join()).not.toMatch(/taken off/);
  });
});
