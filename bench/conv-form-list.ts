import { sizeOf } from '../src/base/tensor.ts';
import { conv } from '../src/graph/build.ts';
import { type ConvGeometry, convByColumns, inputGradientByColumns } from '../src/graph/ops/conv-columns.ts';
import { inputGradientByTranspose, inputGradientByTurning } from '../src/graph/ops/conv-gradient.ts';
import {
  ways,
  weightGradientByColumns,
  weightGradientByTaps,
  weightGradientByUnfolding,
} from '../src/graph/ops/conv-weight-gradient.ts';
import type { Value } from '../src/graph/value.ts';

/** A form of a convolution or of one of its gradients; undefined where it does not take this geometry. */
export type Form = readonly [name: string, make: (x: Value, w: Value, dy: Value, g: ConvGeometry) => Value | undefined];

/** What is computed, and all forms of it. */
export const convForms: readonly (readonly [title: string, forms: readonly Form[]])[] = [
  [
    'forward',
    [
      ['Conv', (x, w, _, g) => conv(x, w, undefined, { strides: g.strides, pads: [...g.begin, ...g.end] })],
      ['columns', (x, w, dy, g) => convByColumns(x, w, g, dy.type.shape.slice(2))],
    ],
  ],
  [
    'weight gradient',
    [
      ['taps', (x, w, dy, g) => weightGradientByTaps(x, dy, g, w.type.shape, ways.imageByImage(g.group))],
      ['taps, whole batch', (x, w, dy, g) => weightGradientByTaps(x, dy, g, w.type.shape, ways.wholeBatch(g.group))],
      ['unfolded', (x, w, dy, g) => weightGradientByUnfolding(x, dy, g, w.type.shape, ways.imageByImage(g.group))],
      [
        'unfolded, whole batch',
        (x, w, dy, g) => weightGradientByUnfolding(x, dy, g, w.type.shape, ways.wholeBatch(g.group)),
      ],
      ['columns', (x, w, dy, g) => weightGradientByColumns(x, dy, g, w.type.shape)],
    ],
  ],
  [
    'input gradient',
    [
      ['turned', (_, w, dy, g) => inputGradientByTurning(dy, w, g)],
      ['ConvTranspose', (x, w, dy, g) => inputGradientByTranspose(dy, w, x, g)],
      ['columns', (x, w, dy, g) => inputGradientByColumns(dy, w, x, g)],
    ],
  ],
];

/** Columns need a selection matrix of [H·W, K·P]: beyond this many numbers they are out of the question. */
const SELECTION_LIMIT = 1 << 21;

/** Whether columns can be tried: not with groups, nor with a selection that is too large. */
export const takesColumns = (g: ConvGeometry, size: readonly number[], out: readonly number[]): boolean =>
  g.group === 1 && (sizeOf(g.kernel) === 1 || sizeOf(size) * sizeOf(out) * sizeOf(g.kernel) <= SELECTION_LIMIT);
