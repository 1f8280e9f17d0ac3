import { expect, it } from 'vitest';
import { f32, i64 } from '../../base/tensor.ts';
import { formulaInput } from '../../testing/formula.ts';
import { fromOnnx, OPSETS } from '../read.ts';
import type { Model } from '../wire/messages.ts';
import { expectSame } from './testing/compare.ts';
import { float, floats, int, ints, modelOf, node, text } from './testing/wire.ts';

/** A small classifier in the words of an operator set: what was an attribute became an input, one operator after the other. */
function classifier(opset: number): Model {
  const clip =
    opset < 11
      ? node('Clip', ['n'], ['c'], { min: float(0), max: float(6) })
      : node('Clip', ['n', 'zero', 'six'], ['c']);
  const pads = [0, 0, 1, 0, 0, 0, 0, 1];
  const pad = opset < 11 ? node('Pad', ['c'], ['p'], { pads: ints(...pads) }) : node('Pad', ['c', 'pads'], ['p']);
  const nearest = { mode: text('nearest') };
  // To opset 10 pixels stand at their corners, which 11 says with two attributes.
  const corners = { coordinate_transformation_mode: text('asymmetric'), nearest_mode: text('floor') };
  const grow =
    opset < 9
      ? node('Upsample', ['p'], ['u'], { ...nearest, scales: floats(1, 1, 2, 2) })
      : opset < 10
        ? node('Upsample', ['p', 'scales'], ['u'], nearest)
        : opset < 11
          ? node('Resize', ['p', 'scales'], ['u'], nearest)
          : node('Resize', ['p', opset < 13 ? 'roi' : '', 'scales'], ['u'], { ...nearest, ...corners });
  const mean =
    opset < 18
      ? node('ReduceMean', ['u'], ['m'], { axes: ints(3), keepdims: int(1) })
      : node('ReduceMean', ['u', 'last'], ['m'], { keepdims: int(1) });
  const squeeze = opset < 13 ? node('Squeeze', ['m'], ['s'], { axes: ints(3) }) : node('Squeeze', ['m', 'last'], ['s']);
  const sum =
    opset < 13
      ? node('ReduceSum', ['s'], ['r'], { axes: ints(2), keepdims: int(0) })
      : node('ReduceSum', ['s', 'second'], ['r'], { keepdims: int(0) });
  const drop =
    opset < 12 ? node('Dropout', ['r'], ['d'], { ratio: float(0.5) }) : node('Dropout', ['r', 'half'], ['d']);
  return modelOf({
    opset,
    inputs: { image: ['N', 3, 8, 8] },
    initializers: {
      w: formulaInput('w', [4, 3, 3, 3]),
      ...Object.fromEntries(['gamma', 'beta', 'mu'].map((n) => [n, formulaInput(n, [4])])),
      sigma: f32([4], [1, 2, 0.5, 1]),
      zero: f32([], [0]),
      six: f32([], [6]),
      half: f32([], [0.5]),
      pads: i64([8], pads),
      scales: f32([4], [1, 1, 2, 2]),
      roi: f32([0]),
      last: i64([1], [3]),
      second: i64([1], [2]),
      fc: formulaInput('fc', [5, 4]),
      bias: formulaInput('bias', [5]),
    },
    nodes: [
      node('Conv', ['image', 'w'], ['k']),
      node('BatchNormalization', ['k', 'gamma', 'beta', 'mu', 'sigma'], ['n']),
      clip,
      pad,
      grow,
      mean,
      squeeze,
      sum,
      drop,
      node('Gemm', ['d', 'fc', 'bias'], ['g'], { transB: int(1) }),
      node('Softmax', ['g'], ['y'], { axis: int(1) }),
    ],
    outputs: ['y'],
  });
}

const [first, newest] = OPSETS;
const all = Array.from({ length: newest - first + 1 }, (_, i) => first + i);

it.each(all)('opset %i computes what ONNX Runtime computes', async (opset) => {
  const imported = await expectSame(classifier(opset), { options: { parameters: true } });
  expect(imported.opset).toBe(opset);
  const ops = imported.graph.nodes.map((n) => n.op);
  expect(ops.join()).toMatch(
    /^Conv,BatchNormalization,Clip,Pad,Resize,ReduceMean,(Squeeze|Reshape),ReduceSum,Gemm,Softmax$/,
  );
  expect([...imported.weights.keys()].sort()).toEqual(['beta', 'bias', 'fc', 'gamma', 'mu', 'sigma', 'w']);
});

it.each([1, first - 1, newest + 1, 99])('opset %i is refused, with those that are read', (opset) => {
  expect(() => fromOnnx(classifier(opset))).toThrow(`it speaks opset ${opset}; opsets ${first} to ${newest} are read`);
});

it('a file that names no standard operator set is refused', () => {
  expect(() => fromOnnx({ ...classifier(13), opsetImport: [{ domain: 'com.microsoft', version: 1 }] })).toThrow(
    /it speaks opset none/,
  );
});
