import { f32 } from '../../../base/tensor.ts';
import type { Recorded, RecordedCase } from '../../op-table.ts';

/**
 * Cases by hand, for operators that PyTorch has no function for: what reads shapes, what only we have. Those of the blocked layout
 * (nchwc.ts) depend on the machine; src/runtime/blocked.test.ts has them.
 */
const floats = (shape: readonly number[], data: readonly number[]): Recorded => ({ shape, data });
const whole = (shape: readonly number[], data: readonly number[]): Recorded => ({ dtype: 'int64', shape, data });
const bools = (shape: readonly number[], data: readonly number[]): Recorded => ({ dtype: 'bool', shape, data });

type Given = Pick<RecordedCase, 'op' | 'inputs' | 'outputs'> & Partial<RecordedCase>;

const plain = ({ name = '', attrs = {}, cotangents, grads, ...c }: Given): RecordedCase => ({
  ...c,
  name: `${c.op} ${name}`.trim(),
  attrs,
  cotangents: cotangents ?? c.outputs.map(() => null),
  grads: grads ?? c.inputs.map(() => null),
});

const x = floats([2, 3], [1, -2, 3, -4, 5, -6]);
const dy = floats([2, 3], [3, 1, 4, 1, 5, 9]);

export const plainCases: readonly RecordedCase[] = [
  plain({
    op: 'ConstantOfShape',
    attrs: { value: f32([1], [2.5]) },
    inputs: [whole([2], [2, 3])],
    outputs: [floats([2, 3], Array(6).fill(2.5))],
  }),
  plain({
    op: 'DepthwiseWeightGradient',
    attrs: { kernel_shape: [2, 2] },
    inputs: [
      floats([1, 2, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
      floats([1, 2, 2, 2], [1, 0, 0, 1, 1, 2, 3, 4]),
    ],
    outputs: [floats([2, 1, 2, 2], [6, 8, 12, 14, 10, 10, 10, 10])],
  }),
  plain({ op: 'Dropout', name: 'in inference', attrs: { rate: 0.5 }, inputs: [x], outputs: [x] }),
  plain({
    op: 'EyeLike',
    attrs: { k: 1 },
    inputs: [x],
    outputs: [floats([2, 3], [0, 1, 0, 0, 0, 1])],
  }),
  plain({
    op: 'FusedMatMul',
    attrs: { alpha: 0.5, transB: 1 },
    inputs: [floats([1, 2], [1, 2]), floats([2, 2], [3, 4, 5, 6])],
    outputs: [floats([1, 2], [5.5, 8.5])],
    cotangents: [floats([1, 2], [1, 2])],
    grads: [floats([1, 2], [6.5, 8]), floats([2, 2], [0.5, 1, 1, 2])],
  }),
  plain({ op: 'IsNaN', inputs: [floats([3], [1, Number.NaN, -2])], outputs: [bools([3], [0, 1, 0])] }),
  plain({
    op: 'Mod',
    name: 'sign of the divisor',
    inputs: [whole([4], [7, -7, 7, -7]), whole([4], [3, 3, -3, -3])],
    outputs: [whole([4], [1, 2, -2, -1])],
  }),
  plain({
    op: 'Mod',
    name: 'sign of the dividend',
    attrs: { fmod: 1 },
    inputs: [floats([2], [7.5, -7.5]), floats([2], [2, 2])],
    outputs: [floats([2], [1.5, -1.5])],
  }),
  plain({ op: 'NonZero', inputs: [floats([2, 2], [0, 1, 2, 0])], outputs: [whole([2, 2], [0, 1, 1, 0])] }),
  plain({ op: 'Range', inputs: [whole([], [1]), whole([], [10]), whole([], [4])], outputs: [whole([3], [1, 5, 9])] }),
  plain({ op: 'Shape', inputs: [x], outputs: [whole([2], [2, 3])] }),
  plain({ op: 'Shape', name: 'from the second on', attrs: { start: 1 }, inputs: [x], outputs: [whole([1], [3])] }),
  plain({ op: 'Size', inputs: [x], outputs: [whole([], [6])] }),
  plain({ op: 'StopGradient', inputs: [x], outputs: [x], cotangents: [dy], grads: [floats([2, 3], Array(6).fill(0))] }),
];
