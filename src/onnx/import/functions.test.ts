import { describe, expect, it } from 'vitest';
import { f32, i64, tensor } from '../../base/tensor.ts';
import { fromOnnx, OnnxImportError } from '../read.ts';
import type { Node } from '../wire/messages.ts';
import { expectSame } from './testing/compare.ts';
import { float, functionOf, graphOf, int, modelOf, node, ref, tensorOf, valueInfo } from './testing/wire.ts';

const standard = [{ domain: '', version: 17 }];
const lib = (opType: string, input: string[], output: string[], attributes = {}): Node =>
  node(opType, input, output, attributes, { domain: 'lib' });

describe('local functions', () => {
  const scaled = functionOf('Scaled', 'lib', {
    input: ['x', 'bias'],
    output: ['y'],
    attribute: ['by'],
    attributeProto: [{ name: 'slope', type: 'float', value: 0.25 }],
    node: [
      node('Constant', [], ['c'], { value_float: ref('by') }),
      node('Mul', ['x', 'c'], ['m']),
      node('LeakyRelu', ['m'], ['r'], { alpha: ref('slope') }),
      node('Add', ['r', 'bias'], ['y']),
    ],
    opsetImport: standard,
  });
  const twice = functionOf('Twice', 'lib', {
    input: ['x', 'bias'],
    output: ['y', 'first'],
    attribute: ['factor'],
    node: [
      lib('Scaled', ['x', 'bias'], ['first'], { by: ref('factor') }),
      lib('Scaled', ['first', 'bias'], ['y'], { by: ref('factor'), slope: float(0.5) }),
    ],
    opsetImport: [...standard, { domain: 'lib', version: 1 }],
  });

  it('are put in the place of their calls: attributes passed on, defaults, calls in calls, the same name in two calls', async () => {
    const model = modelOf({
      inputs: { x: ['N', 6] },
      initializers: { b: f32([6], [1, -1, 2, -2, 3, -3]) },
      domains: { lib: 1 },
      functions: [twice, scaled],
      nodes: [
        lib('Twice', ['x', 'b'], ['m', 'side'], { factor: float(3) }),
        lib('Twice', ['m', 'b'], ['y', ''], { factor: float(-0.5) }),
      ],
      outputs: ['y', 'side'],
    });
    const { graph } = await expectSame(model);
    expect(graph.nodes.map((n) => n.op).sort()).toEqual(
      [...Array(4).fill('Add'), ...Array(4).fill('LeakyRelu'), ...Array(4).fill('Mul')].sort(),
    );
  });

  it('speak their own opset', async () => {
    const old = functionOf('Old', 'lib', {
      input: ['x'],
      output: ['y'],
      node: [node('Squeeze', ['x'], ['y'], { axes: { type: 'ints', value: [1n] } })],
      opsetImport: [{ domain: '', version: 11 }],
    });
    const model = modelOf({
      inputs: { x: [2, 1, 3] },
      domains: { lib: 1 },
      functions: [old],
      nodes: [lib('Old', ['x'], ['y'])],
      outputs: ['y'],
    });
    expect(fromOnnx(model).graph.outputs.get('y')!.type.shape).toEqual([2, 3]);
  });

  it('that call themselves, or each other twice and twice again, end in an error', () => {
    const loop = functionOf('Loop', 'lib', {
      input: ['x'],
      output: ['y'],
      node: [lib('Loop', ['x'], ['y'])],
      opsetImport: standard,
    });
    const endless = modelOf({
      inputs: { x: [2] },
      domains: { lib: 1 },
      functions: [loop],
      nodes: [lib('Loop', ['x'], ['y'])],
      outputs: ['y'],
    });
    expect(() => fromOnnx(endless)).toThrow(/call each other more than 64 deep/);
    const doubling = Array.from({ length: 40 }, (_, i) =>
      functionOf(`F${i}`, 'lib', {
        input: ['x'],
        output: ['y'],
        node:
          i === 39 ? [node('Relu', ['x'], ['y'])] : [lib(`F${i + 1}`, ['x'], ['m']), lib(`F${i + 1}`, ['m'], ['y'])],
        opsetImport: standard,
      }),
    );
    const bomb = modelOf({
      inputs: { x: [2] },
      domains: { lib: 1 },
      functions: doubling,
      nodes: [lib('F0', ['x'], ['y'])],
      outputs: ['y'],
    });
    const start = performance.now();
    expect(() => fromOnnx(bomb, { maxNodes: 10_000 })).toThrow(/more than 10000 nodes/);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});

describe('branches', () => {
  const branch = (nodes: Node[], out: string) =>
    graphOf({ name: 'b', node: nodes, initializer: [], input: [], output: [valueInfo(out, 'float32')] });
  const chosen = (condition: Node[]) =>
    modelOf({
      opset: 13,
      inputs: { x: ['N', 1, 4] },
      initializers: { one: i64([], [1]) },
      nodes: [
        ...condition,
        node('If', ['c'], ['y'], {
          then_branch: branch([node('Relu', ['x'], ['t'])], 't'),
          else_branch: branch([node('Neg', ['x'], ['n']), node('Exp', ['n'], ['e'])], 'e'),
        }),
      ],
      outputs: ['y'],
    });

  it('that a known condition takes are put in, with the values around them', async () => {
    const shaped = chosen([
      node('Shape', ['x'], ['s']),
      node('Gather', ['s', 'one'], ['d']),
      node('Equal', ['d', 'one'], ['c']),
    ]);
    expect((await expectSame(shaped)).graph.nodes.map((n) => n.op)).toEqual(['Relu']);
    const constant = chosen([node('Constant', [], ['c'], { value: tensorOf(tensor('bool', [])) })]);
    expect((await expectSame(constant)).graph.nodes.map((n) => n.op)).toEqual(['Neg', 'Exp']);
  });

  it('that the image decides are named in the error', () => {
    const open = chosen([
      node('ReduceMax', ['x'], ['m'], { keepdims: int(0) }),
      node('Cast', ['m'], ['c'], { to: int(9) }),
    ]);
    expect(() => fromOnnx(open)).toThrow(/If_y \(If, opset 13\): which branch runs depends on the image/);
  });
});

describe('the error', () => {
  const model = modelOf({
    opset: 13,
    domains: { 'com.acme': 2 },
    inputs: { x: ['N', 3, 8, 8], k: { dtype: 'int64', shape: ['K'] } },
    initializers: { w: f32([4, 2, 3, 3]) },
    nodes: [
      node('Det', ['x'], ['a']),
      node('Relu', ['a'], ['b']),
      node('GlobalLpPool', ['b'], ['c']),
      node('Conv', ['x', 'w'], ['d'], {}, { name: '/stem/conv/Conv' }),
      node('Magic', ['x'], ['e'], {}, { domain: 'com.acme' }),
      node('Reshape', ['x', 'k'], ['f']),
      node('Relu', ['x'], ['g'], { slope: float(2) }),
      node('Relu', ['nowhere'], ['h']),
      node('Dropout', ['x'], ['i', 'mask']),
      node('Not', ['mask'], ['j']),
      node('Identity', ['g'], ['y']),
    ],
    outputs: ['y'],
  });

  it('names all nodes that cannot be taken and why, not those that depend on them', () => {
    let error: unknown;
    try {
      fromOnnx(model);
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(OnnxImportError);
    const { problems, message } = error as OnnxImportError;
    expect(problems.map((p) => [p.node, p.domain, p.op, p.opset])).toEqual([
      ['Det_a', '', 'Det', 13],
      ['GlobalLpPool_c', '', 'GlobalLpPool', 13],
      ['/stem/conv/Conv', '', 'Conv', 13],
      ['Magic_e', 'com.acme', 'Magic', 2],
      ['Reshape_f', '', 'Reshape', 13],
      ['Relu_g', '', 'Relu', 13],
      ['Relu_h', '', 'Relu', 13],
      ['Not_j', '', 'Not', 13],
    ]);
    expect(message).toMatch(/because of 8 nodes/);
    expect(problems[2]!.reason).toMatch(/the input has 3 channels, the weight wants 2 × 1/);
    expect(problems[4]!.reason).toMatch(/depends on the image/);
    expect(problems[5]!.reason).toMatch(/attribute 'slope'/);
    expect(problems[6]!.reason).toMatch(/'nowhere', which nothing makes/);
    expect(problems[7]!.reason).toMatch(/'mask', output 1 of Dropout, which is not supported/);
  });

  it.each<[string, object, RegExp]>([
    ['an opset that is too old', { opset: 6 }, /speaks opset 6; opsets 7 to 26/],
    ['an opset that is too new', { opset: 99 }, /speaks opset 99/],
    ['an output that nothing makes', { outputs: ['z'] }, /nothing makes its output 'z'/],
    ['no outputs', { outputs: [] }, /no outputs/],
    ['a name given twice', { nodes: [node('Relu', ['x'], ['y']), node('Neg', ['x'], ['y'])] }, /'y' is given twice/],
    [
      'nodes in a circle',
      { nodes: [node('Add', ['x', 'z'], ['y']), node('Relu', ['y'], ['z'])] },
      /'[yz]', which nothing makes/,
    ],
    [
      'strings',
      { inputs: { x: { dtype: 'float32', shape: [2] } }, nodes: [node('Cast', ['x'], ['y'], { to: int(8) })] },
      /asks for string/,
    ],
  ])('says what is wrong with %s', (_, change, message) => {
    const good = { inputs: { x: [2, 3] }, nodes: [node('Relu', ['x'], ['y'])], outputs: ['y'] };
    expect(() => fromOnnx(modelOf({ ...good, ...change }))).toThrow(message);
  });

  it('does not mind nodes that stand before what they read', async () => {
    const nodes = [node('Relu', ['a'], ['y']), node('Neg', ['b'], ['a']), node('Exp', ['x'], ['b'])];
    await expectSame(modelOf({ inputs: { x: [2, 3] }, nodes, outputs: ['y'] }));
  });
});
