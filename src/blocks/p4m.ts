import { check } from '../base/errors.ts';
import { i64 } from '../base/tensor.ts';
import { conv, gather, reshape } from '../graph/build.ts';
import { fixed } from '../graph/dim.ts';
import { constant, type Init, type Value } from '../graph/value.ts';
import type { Scope } from '../nn/scope.ts';

/**
 * Group convolution over p4m, the plane with its quarter turns and mirrors (Cohen & Welling, "Group Equivariant Convolutional
 * Networks", ICML 2016): turn or mirror the input, and the output turns or mirrors with it.
 */

/** [a, b, c, d]: (row, column) from the centre → (a·row + b·column, c·row + d·column). */
type Matrix = readonly [number, number, number, number];

const quarters = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/** The eight transforms in the order of the authors' GrouPy: number = 4·mirrored + quarter turns. */
export const transforms: readonly Matrix[] = [1, -1].flatMap((mirror) =>
  quarters.map(([cos, sin]) => [mirror * cos, -mirror * sin, sin, cos] as const),
);

/** The transform that first does `b`, then undoes `a` (the transpose undoes: lengths are kept). */
const undoAfter = (a: Matrix, b: Matrix): Matrix => [
  a[0] * b[0] + a[2] * b[2],
  a[0] * b[1] + a[2] * b[3],
  a[1] * b[0] + a[3] * b[2],
  a[1] * b[1] + a[3] * b[3],
];

/** For each output transform and place (input transform, row, column) in a kernel [8, 3, 3]: which of its 72 numbers stands there. */
function transformedPlaces(): number[] {
  return transforms.flatMap((output) =>
    transforms.flatMap((input) => {
      const turned = undoAfter(output, input);
      const plane = transforms.findIndex((t) => t.every((v, i) => v === turned[i]));
      return Array.from({ length: 9 }, (_, at) => {
        const [u, v] = [Math.floor(at / 3) - 1, (at % 3) - 1];
        const row = output[0] * u + output[2] * v + 1;
        const column = output[1] * u + output[3] * v + 1;
        return 9 * plane + 3 * row + column;
      });
    }),
  );
}

const index = (values: readonly number[]) => constant(i64([values.length], values));

/**
 * Depthwise 3×3 group convolution of [N, C, H, W] → [N, C, H, W], whose channels are C/8 fields of 8 transforms each (channel =
 * 8·field + transform). Parameters: `weight` [C/8, 1, 8, 3, 3] and `bias` [C/8], one number a field. When shipped, its kernels
 * are folded: an ordinary convolution with C/8 groups of 8 channels.
 */
export function p4mConv(s: Scope, x: Value): Value {
  const c = fixed(x.type.shape[1], 'the number of channels');
  check(c % 8 === 0, `a p4m group convolution needs a multiple of 8 channels (4 turns × 2 mirrors), got ${c}`);
  const fields = c / 8;
  // As in the authors' library: uniform within 1/√(3·3·inputs), the 8 transforms not counted.
  const init: Init = { kind: 'uniform', bound: 1 / 3 };
  const kernels = reshape(s.param('weight', [fields, 1, 8, 3, 3], init), [fields, 72]);
  const transformed = reshape(gather(kernels, index(transformedPlaces()), 1), [c, 8, 3, 3]);
  const fieldOf = Array.from({ length: c }, (_, i) => Math.floor(i / 8));
  const bias = gather(s.param('bias', [fields], init), index(fieldOf));
  return conv(x, transformed, bias, { pads: [1, 1, 1, 1], group: fields });
}
