import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { YosegiError } from '../base/errors.ts';
import { f32, i64 } from '../base/tensor.ts';
import { allOps } from '../graph/op.ts';
import { attributesOf } from '../graph/ops/signatures.ts';
import { modelFile } from '../onnx/import/testing/files.ts';
import {
  functionOf,
  graphOf,
  int,
  ints,
  modelOf,
  node,
  ref,
  tensorOf,
  valueInfo,
} from '../onnx/import/testing/wire.ts';
import { toOnnx } from '../onnx/print.ts';
import { fromOnnx } from '../onnx/read.ts';
import type { Attribute, Model, Node, TensorProto } from '../onnx/wire/messages.ts';
import { decodeModel, encodeModel } from '../onnx/wire/model.ts';
import { importedModel } from './testing/imported-model.ts';

/** Functions, branches and shape arithmetic in one small file. */
const crafted = modelOf({
  opset: 13,
  domains: { lib: 1 },
  inputs: { x: ['N', 4, 6, 6] },
  initializers: {
    w: f32([4, 4, 1, 1]),
    zero: i64([], [0]),
    axes: i64([1], [0]),
    tail: i64([2], [-1, 4]),
    scale: f32([4], [1, 1, 2, 2]),
  },
  functions: [
    functionOf('F', 'lib', {
      input: ['a', 'b'],
      output: ['c'],
      attribute: ['by'],
      node: [
        node('Conv', ['a', 'b'], ['d'], { group: ref('by', 'int') }),
        node('HardSigmoid', ['d'], ['e']),
        node('Mul', ['d', 'e'], ['c']),
      ],
      opsetImport: [{ domain: '', version: 13 }],
    }),
  ],
  nodes: [
    node('F', ['x', 'w'], ['f'], { by: int(1) }, { domain: 'lib' }),
    node('Resize', ['f', '', 'scale'], ['r']),
    node('Shape', ['r'], ['s']),
    node('Gather', ['s', 'zero'], ['n']),
    node('Unsqueeze', ['n', 'axes'], ['u']),
    node('Concat', ['u', 'tail'], ['t'], { axis: int(0) }),
    node('Reshape', ['r', 't'], ['q']),
    node('Transpose', ['q'], ['p'], { perm: ints(0, 2, 1) }),
    node('Constant', [], ['k'], { value: tensorOf(i64([2], [1, 3])) }),
    node('Split', ['p', 'k'], ['l', 'm'], { axis: int(1) }),
    node('Equal', ['zero', 'zero'], ['c1']),
    node('If', ['c1'], ['y'], {
      then_branch: graphOf({
        name: 't',
        node: [node('Softmax', ['l'], ['z'])],
        initializer: [],
        input: [],
        output: [valueInfo('z', 'float32')],
      }),
      else_branch: graphOf({
        name: 'e',
        node: [node('Neg', ['m'], ['v'])],
        initializer: [],
        input: [],
        output: [valueInfo('v', 'float32')],
      }),
    }),
  ],
  outputs: ['y'],
});

const bases = [crafted, ...['squeezenet-l17', 'oldies-l9', 'mobilenetv3-half', 'detector-l12'].map(modelFile)];

interface Told {
  taken: number;
  refused: number;
  slowest: number;
}

/** Takes a model or refuses it with an error of ours, soon; what is taken can be printed. */
function survives(read: () => Model, told: Told): void {
  const start = performance.now();
  try {
    const model = read();
    const { graph } = fromOnnx(model, { parameters: told.taken % 2 === 0 ? true : undefined });
    toOnnx(graph);
    told.taken++;
    importedModel(model);
  } catch (error) {
    if (!(error instanceof YosegiError)) throw error;
    told.refused++;
  }
  told.slowest = Math.max(told.slowest, performance.now() - start);
  expect(performance.now() - start).toBeLessThan(5000);
}

const none = (): Told => ({ taken: 0, refused: 0, slowest: 0 });

describe('bytes', () => {
  it('as they are', () => {
    for (const m of bases) expect(fromOnnx(m).graph.outputs.size).toBe(1);
  });

  const small = encodeModel(crafted);
  const files = bases.map((m) => encodeModel(m));

  it('cut off anywhere', () => {
    const told = none();
    for (let length = 0; length < small.length; length++) survives(() => decodeModel(small.subarray(0, length)), told);
    for (const file of files) {
      for (let i = 0; i < 60; i++)
        survives(() => decodeModel(file.subarray(0, Math.floor((file.length * i) / 60))), told);
    }
    expect(told.taken).toBeLessThan(5);
  });

  it('changed in place, in two thousand files', () => {
    const told = none();
    const change = fc.record({
      // Evenly spread; fc.double is not, most of its numbers are next to nothing.
      at: fc.nat(999_999).map((n) => n / 1e6),
      put: fc.uint8Array({ minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.nat(files.length), fc.array(change, { minLength: 1, maxLength: 3 }), (which, changes) => {
        // Half of them in the small file, where every byte says something.
        const file = (files[which] ?? small).slice();
        for (const { at, put } of changes) {
          const start = Math.floor(at * (file.length - 1));
          file.set(put.subarray(0, file.length - start), start);
        }
        survives(() => decodeModel(file), told);
      }),
      { seed: 5, numRuns: 2000 },
    );
    expect(told.taken).toBeGreaterThan(50);
    expect(told.refused).toBeGreaterThan(50);
  });
});

type Edit =
  | { kind: 'op'; op: string }
  | { kind: 'drop' | 'repeat' | 'swap' | 'lose' | 'rewire' | 'extra' }
  | { kind: 'attribute'; name: string; values: bigint[] }
  | { kind: 'tensor'; dims: number[] | undefined; values: bigint[] }
  | { kind: 'opset'; version: number }
  | { kind: 'input'; dims: number[] };

const nasty = fc.oneof(
  fc.constantFrom(0n, -1n, 1n, 2n, 2n ** 31n - 1n, -(2n ** 31n), 2n ** 62n, -(2n ** 63n), 2n ** 63n - 1n, 10n ** 9n),
  fc.bigInt({ min: -8n, max: 64n }),
);
const extent = fc.oneof(fc.nat(9), fc.constantFrom(0, 1, 1000, 2 ** 31, 2 ** 40, 2 ** 53 - 1));
const operators = allOps().map((o) => o.name);
const attributeNames = [...new Set(allOps().flatMap((o) => Object.keys(attributesOf(o.name))))];
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    kind: fc.constant('op' as const),
    op: fc.constantFrom(...operators, 'If', 'Einsum', 'Attention', 'LRN', 'Upsample', 'Constant', 'Loop'),
  }),
  fc.record({
    kind: fc.constantFrom(
      'drop' as const,
      'repeat' as const,
      'swap' as const,
      'lose' as const,
      'rewire' as const,
      'extra' as const,
    ),
  }),
  fc.record({
    kind: fc.constant('attribute' as const),
    name: fc.constantFrom(...attributeNames, 'axes', 'to', 'value'),
    values: fc.array(nasty, { maxLength: 6 }),
  }),
  fc.record({
    kind: fc.constant('tensor' as const),
    dims: fc.option(fc.array(extent, { maxLength: 5 }), { nil: undefined }),
    values: fc.array(nasty, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ kind: fc.constant('opset' as const), version: fc.integer({ min: 6, max: 27 }) }),
  fc.record({ kind: fc.constant('input' as const), dims: fc.array(extent, { maxLength: 5 }) }),
);

function edited(model: Model, e: Edit, at: number): Model {
  const { graph } = model;
  const i = at % graph.node.length;
  const n = graph.node[i]!;
  const nodes = (list: readonly Node[]): Model => ({ ...model, graph: { ...graph, node: list } });
  const replaced = (changes: Partial<Node>) => nodes(graph.node.map((m, j) => (j === i ? { ...m, ...changes } : m)));
  const names = [...graph.node.flatMap((m) => m.output), ...graph.initializer.map((t) => t.name)];
  switch (e.kind) {
    case 'op':
      return replaced({ opType: e.op });
    case 'drop':
      return nodes(graph.node.filter((_, j) => j !== i));
    case 'repeat':
      return nodes([...graph.node, n]);
    case 'swap':
      return replaced({ input: [...n.input].reverse() });
    case 'lose':
      return replaced({ input: n.input.slice(1) });
    case 'extra':
      return replaced({ input: [...n.input, ...n.input, ''], output: [...n.output, `more${at}`] });
    case 'rewire':
      return replaced({ input: n.input.map((name, j) => (j === at % 3 ? names[at % names.length]! : name)) });
    case 'attribute':
      return replaced({ attribute: [...n.attribute.filter((a) => a.name !== e.name), attributeOf(e)] });
    case 'tensor':
      return {
        ...model,
        graph: {
          ...graph,
          initializer: graph.initializer.map((t, j) => (j === at % graph.initializer.length ? spoilt(t, e) : t)),
        },
      };
    case 'opset':
      return {
        ...model,
        opsetImport: model.opsetImport.map((o) => (o.domain === '' ? { ...o, version: e.version } : o)),
      };
    case 'input':
      return { ...model, graph: { ...graph, input: graph.input.map((v) => valueInfo(v.name, 'float32', e.dims)) } };
  }
}

function attributeOf({ name, values }: { name: string; values: bigint[] }): Attribute {
  const [first = 0n] = values;
  const kinds: Attribute[] = [
    { name, type: 'ints', value: values },
    { name, type: 'int', value: first },
    { name, type: 'float', value: Number(first) },
    { name, type: 'floats', value: values.map(Number) },
    {
      name,
      type: 'tensor',
      value: { name: '', dataType: 7, dims: [values.length], int64Data: BigInt64Array.from(values) },
    },
  ];
  return kinds[values.length % kinds.length]!;
}

/** Shapes and axes with other numbers in them; weights with other dims. */
function spoilt(t: TensorProto, e: { dims: number[] | undefined; values: bigint[] }): TensorProto {
  if (e.dims) return { ...t, dims: e.dims };
  return { name: t.name, dataType: 7, dims: [e.values.length], int64Data: BigInt64Array.from(e.values) };
}

describe('well-formed files that make no sense', () => {
  it('three thousand of them', () => {
    const told = none();
    fc.assert(
      fc.property(
        fc.nat(2 * bases.length),
        fc.array(fc.tuple(edit, fc.nat(10_000)), { minLength: 1, maxLength: 3 }),
        (which, edits) => {
          survives(() => edits.reduce((m, [e, at]) => edited(m, e, at), bases[which] ?? crafted), told);
        },
      ),
      { seed: 6, numRuns: 3000 },
    );
    expect(told.taken).toBeGreaterThan(100);
    expect(told.refused).toBeGreaterThan(500);
  });

  it('sizes that double with every node, and texts that do', () => {
    const chain = (op: string, start: string, length: number) =>
      Array.from({ length }, (_, i) =>
        node(op, [i === 0 ? start : `v${i - 1}`, i === 0 ? start : `v${i - 1}`], [`v${i}`]),
      );
    const told = none();
    const doubling = [
      modelOf({
        inputs: { x: ['N', 3] },
        nodes: [node('Shape', ['x'], ['s']), ...chain('Mul', 's', 300), node('Expand', ['x', 'v299'], ['y'])],
        outputs: ['y'],
      }),
      modelOf({
        inputs: { x: ['N', 'M'] },
        nodes: [node('Shape', ['x'], ['s']), ...chain('Add', 's', 300), node('Expand', ['x', 'v299'], ['y'])],
        outputs: ['y'],
      }),
      modelOf({
        inputs: { x: ['N', 'M'] },
        nodes: [
          ...chain('Concat', 'x', 300).map((n) => ({ ...n, attribute: [{ name: 'axis', ...int(0) } as Attribute] })),
          node('Relu', ['v299'], ['y']),
        ],
        outputs: ['y'],
      }),
      modelOf({
        inputs: { x: [2, 3] },
        initializers: { big: i64([2], [60_000, 60_000]), one: f32([1, 1]) },
        nodes: [node('Expand', ['one', 'big'], ['e']), ...chain('MatMul', 'e', 30), node('Add', ['x', 'v29'], ['y'])],
        outputs: ['y'],
      }),
      modelOf({
        inputs: { x: ['N', 3] },
        nodes: [...chain('Add', 'x', 8_000), node('Relu', ['v7999'], ['y'])],
        outputs: ['y'],
      }),
      modelOf({
        inputs: { x: [4] },
        initializers: { c: f32([4]) },
        nodes: [...chain('Mul', 'c', 8_000), node('Add', ['x', 'v7999'], ['y'])],
        outputs: ['y'],
      }),
    ];
    for (const model of doubling) survives(() => model, told);
    expect(told.taken).toBeGreaterThanOrEqual(2);
  });
});
