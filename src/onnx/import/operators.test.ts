import { describe, expect, it } from 'vitest';
import { type DType, f32, i64, type Tensor, tensor } from '../../base/tensor.ts';
import { formulaInput } from '../../testing/formula.ts';
import { expectSame } from './testing/compare.ts';
import { type Attributes, float, floats, int, ints, modelOf, node, tensorOf, text } from './testing/wire.ts';

/** One node in the forms of different operator sets, against ONNX Runtime on the same file. */
interface Case {
  readonly op: string;
  readonly opset: number;
  readonly attrs?: Attributes;
  /** Input shapes, or constants; null for one that is left out. */
  readonly inputs: readonly (readonly (number | string)[] | Tensor | null)[];
  /** How many, or their types where they are not all float. */
  readonly outputs?: number | readonly DType[];
  readonly domain?: string;
  readonly dtype?: 'float32' | 'int64' | 'bool';
  readonly note?: string;
}

const bool = (shape: number[], values: number[]): Tensor => tensor('bool', shape, Uint8Array.from(values));
const w = (name: string, ...shape: number[]) => formulaInput(name, shape);
const N = 'N';
const LAST = 2n ** 63n - 1n;

const cases: Case[] = [
  ...[9, 11].map((opset): Case => ({ op: 'Squeeze', opset, attrs: { axes: ints(1, -1) }, inputs: [[2, 1, 3, 1]] })),
  { op: 'Squeeze', opset: 13, inputs: [[2, 1, 3, 1], i64([2], [1, -1])] },
  { op: 'Squeeze', opset: 13, inputs: [[2, 1, 3, 1]], note: 'all' },
  { op: 'Unsqueeze', opset: 11, attrs: { axes: ints(0, -1) }, inputs: [[2, 3]] },
  { op: 'Unsqueeze', opset: 13, inputs: [[2, 3], i64([2], [0, -1])] },
  { op: 'Split', opset: 9, attrs: { axis: int(1), split: ints(1, 3) }, inputs: [[2, 4]], outputs: 2 },
  { op: 'Split', opset: 11, attrs: { axis: int(-1) }, inputs: [[2, 6]], outputs: 3, note: 'equal parts' },
  { op: 'Split', opset: 13, inputs: [[4, 2], i64([2], [1, 3])], outputs: 2 },
  { op: 'Split', opset: 13, inputs: [[4, 2]], outputs: 2, note: 'equal parts' },
  { op: 'Split', opset: 18, attrs: { num_outputs: int(3) }, inputs: [[7, 2]], outputs: 3, note: 'unequal parts' },
  { op: 'Pad', opset: 10, attrs: { pads: ints(0, 1, 2, 0), value: float(1.5) }, inputs: [[2, 3]] },
  { op: 'Pad', opset: 10, attrs: { pads: ints(0, 1, 0, 2), mode: text('reflect') }, inputs: [[2, 3]] },
  { op: 'Pad', opset: 11, inputs: [[2, 3], i64([4], [0, 1, 2, 0]), f32([], [1.5])] },
  { op: 'Pad', opset: 18, attrs: { mode: text('edge') }, inputs: [[2, 3], i64([2], [1, 2]), null, i64([1], [1])] },
  { op: 'Pad', opset: 19, attrs: { mode: text('wrap') }, inputs: [[2, 3], i64([4], [0, 1, 0, 2])] },
  // Without and with the shift by half a pixel.
  ...[10, 16].map(
    (opset): Case => ({
      op: 'RoiAlign',
      opset,
      attrs: { output_height: int(2), output_width: int(3), spatial_scale: float(0.5), sampling_ratio: int(2) },
      inputs: [[2, 3, 8, 8], f32([2, 4], [1, 2, 9, 11, 4, 0, 15, 6]), i64([2], [1, 0])],
    }),
  ),
  { op: 'Slice', opset: 9, attrs: { starts: ints(1, 0), ends: ints(LAST, -1), axes: ints(0, 2) }, inputs: [[3, 2, 4]] },
  { op: 'Slice', opset: 9, attrs: { starts: ints(1), ends: ints(2) }, inputs: [[3, 2]], note: 'no axes' },
  {
    op: 'Slice',
    opset: 10,
    inputs: [
      [3, 5],
      i64([2], [0, -1]),
      tensor('int64', [2], BigInt64Array.of(3n, -LAST)),
      i64([2], [0, 1]),
      i64([2], [2, -2]),
    ],
  },
  { op: 'Clip', opset: 9, attrs: { min: float(0), max: float(6) }, inputs: [[2, 9]] },
  { op: 'Clip', opset: 9, attrs: { max: float(0.5) }, inputs: [[2, 9]], note: 'above only' },
  { op: 'Clip', opset: 11, inputs: [[2, 9], null, f32([], [0.5])] },
  { op: 'Clip', opset: 13, inputs: [[2, 9], f32([], [-0.5])] },
  ...['Sum', 'Mean', 'Max', 'Min', 'L1', 'L2', 'SumSquare', 'LogSumExp', 'Prod'].flatMap((name): Case[] => [
    { op: `Reduce${name}`, opset: 11, attrs: { axes: ints(1, -1), keepdims: int(0) }, inputs: [[2, 3, 4]] },
    { op: `Reduce${name}`, opset: 18, attrs: { keepdims: int(1) }, inputs: [[2, 3, 4], i64([1], [-2])] },
  ]),
  { op: 'ReduceSum', opset: 13, inputs: [[2, 3, 4], i64([2], [0, 2])] },
  {
    op: 'ReduceSum',
    opset: 13,
    attrs: { noop_with_empty_axes: int(1) },
    inputs: [[2, 3], i64([0], [])],
    note: 'no axes, nothing',
  },
  { op: 'ReduceMean', opset: 13, inputs: [[2, 3, 4]], note: 'all' },
  { op: 'Upsample', opset: 9, attrs: { mode: text('nearest') }, inputs: [[1, 2, 3, 4], f32([4], [1, 1, 2, 3])] },
  { op: 'Upsample', opset: 9, attrs: { mode: text('linear') }, inputs: [[1, 2, 3, 4], f32([4], [1, 1, 2, 2])] },
  { op: 'Resize', opset: 10, attrs: { mode: text('nearest') }, inputs: [[1, 2, 4, 4], f32([4], [1, 1, 1.5, 0.5])] },
  {
    op: 'Resize',
    opset: 11,
    attrs: { mode: text('linear') },
    inputs: [[1, 2, 4, 5], f32([0]), f32([4], [1, 1, 2, 1.6])],
  },
  {
    op: 'Resize',
    opset: 11,
    attrs: { mode: text('cubic'), coordinate_transformation_mode: text('align_corners') },
    inputs: [[1, 2, 4, 5], f32([0]), f32([0]), i64([4], [1, 2, 7, 3])],
  },
  {
    op: 'Resize',
    opset: 18,
    attrs: { axes: ints(2, 3), mode: text('linear'), antialias: int(1) },
    inputs: [[N, 2, 8, 8], null, null, i64([2], [3, 5])],
  },
  {
    op: 'Resize',
    opset: 19,
    attrs: { axes: ints(3), mode: text('nearest'), coordinate_transformation_mode: text('half_pixel_symmetric') },
    inputs: [[1, 2, 4, 4], null, f32([1], [2.5])],
  },
  { op: 'Softmax', opset: 9, inputs: [[2, 3, 4]], note: 'rows of 12' },
  { op: 'Softmax', opset: 11, attrs: { axis: int(2) }, inputs: [[2, 3, 4]] },
  { op: 'Softmax', opset: 12, attrs: { axis: int(0) }, inputs: [[2, 3]], note: 'one row' },
  { op: 'Softmax', opset: 12, inputs: [[N, 3, 2, 2]], note: 'open batch' },
  { op: 'LogSoftmax', opset: 9, inputs: [[2, 3, 4]] },
  { op: 'Softmax', opset: 13, inputs: [[2, 3, 4]] },
  {
    op: 'BatchNormalization',
    opset: 9,
    attrs: { epsilon: float(0.1), momentum: float(0.5) },
    inputs: [[2, 3, 4, 4], w('s', 3), w('b', 3), w('m', 3), f32([3], [0.5, 1, 2])],
  },
  {
    op: 'BatchNormalization',
    opset: 14,
    attrs: { training_mode: int(0) },
    inputs: [[2, 3, 4], w('s', 3), w('b', 3), w('m', 3), f32([3], [0.5, 1, 2])],
  },
  { op: 'Dropout', opset: 9, attrs: { ratio: float(0.4) }, inputs: [[2, 3]] },
  { op: 'Dropout', opset: 13, inputs: [[2, 3], f32([], [0.4]), bool([], [0])] },
  { op: 'Cast', opset: 9, attrs: { to: int(7) }, inputs: [[2, 3]], dtype: 'int64' },
  { op: 'CastLike', opset: 19, inputs: [[2, 3], i64([1], [0])], dtype: 'int64' },
  {
    op: 'Gemm',
    opset: 9,
    attrs: { transB: int(1), alpha: float(0.5), beta: float(2) },
    inputs: [[2, 3], w('w', 4, 3), w('b', 4)],
  },
  { op: 'Gemm', opset: 11, attrs: { transA: int(1) }, inputs: [[3, 2], w('w', 3, 4)], note: 'no bias' },
  { op: 'Gemm', opset: 13, inputs: [[2, 3], w('w', 3, 4), w('b', 2, 1)], note: 'bias of rows' },
  {
    op: 'AveragePool',
    opset: 9,
    attrs: { kernel_shape: ints(3, 3), strides: ints(2, 2), pads: ints(1, 1, 1, 1), count_include_pad: int(1) },
    inputs: [[1, 2, 7, 7]],
  },
  {
    op: 'AveragePool',
    opset: 10,
    attrs: { kernel_shape: ints(2, 2), strides: ints(2, 2), ceil_mode: int(1) },
    inputs: [[1, 2, 7, 7]],
  },
  {
    op: 'MaxPool',
    opset: 9,
    attrs: { kernel_shape: ints(3, 3), auto_pad: text('SAME_UPPER'), strides: ints(2, 2) },
    inputs: [[1, 2, 8, 8]],
  },
  {
    op: 'Conv',
    opset: 9,
    attrs: { auto_pad: text('SAME_LOWER'), strides: ints(2, 2) },
    inputs: [[1, 2, 8, 8], w('w', 4, 2, 3, 3)],
  },
  {
    op: 'ConvTranspose',
    opset: 11,
    attrs: { output_shape: ints(9, 9), strides: ints(2, 2) },
    inputs: [[1, 2, 4, 4], w('w', 2, 3, 3, 3)],
  },
  {
    op: 'ConvTranspose',
    opset: 11,
    attrs: { auto_pad: text('SAME_UPPER'), strides: ints(2, 2) },
    inputs: [[1, 2, 4, 4], w('w', 2, 3, 3, 3), w('b', 3)],
  },
  {
    op: 'GroupNormalization',
    opset: 18,
    attrs: { num_groups: int(2), epsilon: float(0.01) },
    inputs: [[2, 4, 3, 3], w('s', 2), w('b', 2)],
  },
  { op: 'GroupNormalization', opset: 21, attrs: { num_groups: int(2) }, inputs: [[2, 4, 3, 3], w('s', 4), w('b', 4)] },
  { op: 'LayerNormalization', opset: 17, attrs: { axis: int(1) }, inputs: [[2, 3, 4], w('s', 3, 4), w('b', 3, 4)] },
  { op: 'LpNormalization', opset: 9, attrs: { axis: int(1), p: int(1) }, inputs: [[2, 5]] },
  { op: 'MeanVarianceNormalization', opset: 13, inputs: [[2, 3, 4, 4]] },
  {
    op: 'LRN',
    opset: 13,
    attrs: { size: int(3), alpha: float(0.1), beta: float(0.5), bias: float(2) },
    inputs: [[2, 5, 3, 3]],
  },
  { op: 'TopK', opset: 9, attrs: { k: int(2), axis: int(1) }, inputs: [[2, 5]], outputs: ['float32', 'int64'] },
  { op: 'TopK', opset: 11, attrs: { largest: int(0) }, inputs: [[2, 5], i64([1], [3])], outputs: ['float32', 'int64'] },
  { op: 'Selu', opset: 9, inputs: [[2, 9]] },
  { op: 'Celu', opset: 12, attrs: { alpha: float(2) }, inputs: [[2, 9]] },
  { op: 'Softsign', opset: 9, inputs: [[2, 9]] },
  { op: 'ThresholdedRelu', opset: 10, attrs: { alpha: float(0.7) }, inputs: [[2, 9]] },
  { op: 'HardSigmoid', opset: 9, inputs: [[2, 9]] },
  { op: 'Gelu', opset: 20, attrs: { approximate: text('tanh') }, inputs: [[2, 9]] },
  { op: 'HardSwish', opset: 14, inputs: [[2, 9]] },
  { op: 'Mish', opset: 18, inputs: [[2, 9]] },
  { op: 'Max', opset: 12, inputs: [[2, 3], [3], [2, 1]] },
  { op: 'Sum', opset: 9, inputs: [[2, 3], [3], [2, 1]] },
  { op: 'Mean', opset: 13, inputs: [[2, 3], [3], [2, 1]] },
  { op: 'Pow', opset: 12, inputs: [[2, 3], i64([], [2])], note: 'whole exponent' },
  {
    op: 'IsInf',
    opset: 10,
    inputs: [f32([4], [1, Number.NEGATIVE_INFINITY, Number.NaN, Number.POSITIVE_INFINITY])],
    dtype: 'bool',
  },
  { op: 'Size', opset: 9, inputs: [[2, 3]], dtype: 'int64' },
  { op: 'EyeLike', opset: 9, attrs: { dtype: int(7), k: int(1) }, inputs: [[3, 4]], dtype: 'int64' },
  { op: 'Scatter', opset: 9, attrs: { axis: int(1) }, inputs: [[2, 3], i64([1, 2], [2, 0]), w('u', 1, 2)] },
  { op: 'Expand', opset: 9, inputs: [[N, 1, 3], i64([3], [1, 4, 1])] },
  { op: 'Tile', opset: 9, inputs: [[2, 3], i64([2], [2, 1])] },
  { op: 'Reshape', opset: 9, inputs: [[N, 4, 3], i64([3], [0, 2, -1])] },
  { op: 'Reshape', opset: 14, attrs: { allowzero: int(1) }, inputs: [[2, 6], i64([2], [3, 4])] },
  { op: 'Flatten', opset: 9, attrs: { axis: int(2) }, inputs: [[N, 2, 3, 4]] },
  { op: 'Transpose', opset: 9, inputs: [[2, 3, 4]] },
  { op: 'Constant', opset: 12, attrs: { value_floats: floats(1, 2.5) }, inputs: [] },
  { op: 'Constant', opset: 12, attrs: { value_int: int(-3) }, inputs: [], dtype: 'int64' },
  { op: 'ConstantOfShape', opset: 9, attrs: { value: tensorOf(f32([1], [2.5])) }, inputs: [i64([2], [2, 3])] },
  ...[
    'bij,bjk->bik',
    'bij,bkj->bik',
    'bhid,bhjd->bhij',
    'ij,jk',
    'bn,n->b',
    'bi,bj->bij',
    'bchw,bckw->bhk',
    'ij->ji',
    'bij->b',
  ].map((equation): Case => {
    const sizes: Record<string, number> = { b: 2, h: 3, i: 4, j: 5, k: 6, d: 7, n: 3, c: 2, w: 4 };
    const [left] = equation.split('->');
    return {
      op: 'Einsum',
      opset: 12,
      attrs: { equation: text(equation) },
      inputs: left!.split(',').map((t) => [...t].map((l) => sizes[l]!)),
      note: equation,
    };
  }),
  {
    op: 'Einsum',
    opset: 12,
    attrs: { equation: text('...ij,...jk->...ik') },
    inputs: [
      [2, 3, 4, 5],
      [2, 3, 5, 2],
    ],
    note: 'ellipsis',
  },
  {
    op: 'Attention',
    opset: 23,
    attrs: { is_causal: int(1) },
    inputs: [
      [2, 2, 4, 8],
      [2, 2, 4, 8],
      [2, 2, 4, 8],
    ],
  },
  {
    op: 'Attention',
    opset: 23,
    attrs: { scale: float(0.3), softcap: float(2) },
    inputs: [[2, 2, 3, 8], [2, 2, 5, 8], [2, 2, 5, 4], w('mask', 3, 5)],
  },
  {
    op: 'Attention',
    opset: 23,
    inputs: [[1, 2, 3, 8], [1, 2, 3, 8], [1, 2, 3, 8], bool([3, 3], [1, 0, 1, 1, 1, 0, 0, 1, 1])],
    note: 'bool mask',
  },
  {
    op: 'Attention',
    opset: 23,
    attrs: { q_num_heads: int(2), kv_num_heads: int(2) },
    inputs: [
      [N, 3, 8],
      [N, 5, 8],
      [N, 5, 8],
    ],
    note: 'flat heads',
  },
  { op: 'RMSNormalization', opset: 23, inputs: [[2, 3, 4], w('s', 4)] },
  { op: 'Gelu', opset: 17, domain: 'com.microsoft', inputs: [[2, 9]] },
  { op: 'FastGelu', opset: 17, domain: 'com.microsoft', inputs: [[2, 9], w('b', 9)] },
  { op: 'BiasGelu', opset: 17, domain: 'com.microsoft', inputs: [[2, 9], w('b', 9)] },
  { op: 'QuickGelu', opset: 17, domain: 'com.microsoft', inputs: [[2, 9]] },
  {
    op: 'SkipLayerNormalization',
    opset: 17,
    domain: 'com.microsoft',
    attrs: { epsilon: float(1e-3) },
    inputs: [[2, 3, 4], [2, 3, 4], w('g', 4), w('b', 4), w('c', 4)],
  },
  {
    op: 'SkipSimplifiedLayerNormalization',
    opset: 17,
    domain: 'com.microsoft',
    attrs: { epsilon: float(1e-3) },
    inputs: [[2, 3, 4], [2, 3, 4], w('g', 4)],
  },
  {
    op: 'FusedConv',
    opset: 17,
    domain: 'com.microsoft',
    attrs: { activation: text('LeakyRelu'), activation_params: floats(0.2) },
    inputs: [[1, 2, 5, 5], w('w', 3, 2, 3, 3), w('b', 3)],
  },
  {
    op: 'FusedGemm',
    opset: 17,
    domain: 'com.microsoft',
    attrs: { activation: text('Relu'), transB: int(1) },
    inputs: [[2, 3], w('w', 4, 3), w('b', 4)],
  },
  {
    op: 'FusedMatMul',
    opset: 17,
    domain: 'com.microsoft',
    attrs: { transB: int(1), alpha: float(0.5) },
    inputs: [
      [2, 3, 4],
      [2, 5, 4],
    ],
  },
];

function modelFor(c: Case) {
  const inputs: Record<string, readonly (number | string)[]> = {};
  const initializers: Record<string, Tensor> = {};
  const names = c.inputs.map((given, i) => {
    if (!given) return '';
    if ('dtype' in given) initializers[`x${i}`] = given;
    else inputs[`x${i}`] = given;
    return `x${i}`;
  });
  const types =
    typeof c.outputs === 'object' ? c.outputs : Array.from({ length: c.outputs ?? 1 }, () => c.dtype ?? 'float32');
  const outputs = types.map((_, i) => `y${i}`);
  return modelOf({
    opset: c.opset,
    domains: c.domain ? { [c.domain]: 1 } : {},
    inputs,
    initializers,
    nodes: [node(c.op, names, outputs, c.attrs, c.domain ? { domain: c.domain } : {})],
    outputs: outputs.map((o, i) => [o, types[i]!] as const),
  });
}

describe('one node', () => {
  it.each(
    cases.map(
      (c) =>
        [`${c.domain ?? ''} ${c.op}-${c.opset} ${c.note ?? Object.keys(c.attrs ?? {}).join(' ')}`.trim(), c] as const,
    ),
  )('%s', async (_, c) => {
    await expectSame(modelFor(c));
  });

  it('of several inputs that takes one of another type', async () => {
    const dims = modelOf({
      opset: 13,
      inputs: { x: ['N', 3, 4, 4] },
      initializers: { tail: i64([2], [4, 4]), three: i64([], [3]), two: i64([], [2]) },
      nodes: [
        node('Shape', ['x'], ['s']),
        node('Gather', ['s', 'two'], ['h']),
        node('Cast', ['h'], ['f'], { to: int(1) }),
        node('Sqrt', ['f'], ['r']),
        node('Mul', ['x', 'r'], ['y']),
      ],
      outputs: ['y'],
    });
    const { graph } = await expectSame(dims);
    expect(graph.nodes.map((n) => n.op)).toEqual(['Mul']);
  });
});
