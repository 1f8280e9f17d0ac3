import { check } from '../../../base/errors.ts';
import { ints, scalar } from '../../../graph/build.ts';
import { fixed, isCounted } from '../../../graph/dim.ts';
import { axisOf } from '../../../graph/ops/host.ts';
import { shapeValue } from '../../../graph/shape-value.ts';
import { constantOf, type Value } from '../../../graph/value.ts';
import { type Call, type Converter, input, wholes } from '../call.ts';
import { ownAttributes } from './direct.ts';

/** Operators whose axes, sizes or counts were attributes before they became inputs. */

/** A vector of whole numbers, from the attribute of older versions or the input of newer ones. */
function numbersFrom(c: Call, name: string, i: number): Value | undefined {
  const old = c.attrs.ints(name);
  if (old) return ints(old);
  const given = c.inputs[i];
  const numbers = wholes(c, i, `the ${name}`);
  return constantOf(given) ? given : numbers && ints(numbers);
}

/** The same, for what an operator cannot do without. */
function required(c: Call, name: string, i: number): Value {
  const value = numbersFrom(c, name, i);
  check(value, () => `its ${name} are missing`);
  return value;
}

const reduce: Converter = (c) => {
  const axes = numbersFrom(c, 'axes', 1);
  return c.make(c.op, [input(c, 0), axes], ownAttributes(c));
};

const reductions = ['Sum', 'Mean', 'Max', 'Min', 'Prod', 'L1', 'L2', 'SumSquare', 'LogSum', 'LogSumExp'];

export const axesOps: Record<string, Converter> = {
  ...Object.fromEntries(reductions.map((name) => [`Reduce${name}`, reduce])),
  Squeeze: (c) => c.make('Squeeze', [input(c, 0), numbersFrom(c, 'axes', 1)]),
  Unsqueeze: (c) => c.make('Unsqueeze', [input(c, 0), required(c, 'axes', 1)]),
  Slice: (c) => {
    const starts = required(c, 'starts', 1);
    const counted = c.inputs[2] && shapeValue(c.inputs[2])?.some(isCounted) ? c.inputs[2] : undefined;
    const ends = counted ?? required(c, 'ends', 2);
    const [axes, steps] = ['axes', 'steps'].map((name, i) => numbersFrom(c, name, i + 3));
    return c.make('Slice', [input(c, 0), starts, ends, axes, steps]);
  },
  Pad: (c) => {
    const mode = c.attrs.text('mode', 'constant');
    const { dtype } = input(c, 0).type;
    const value = c.opset < 11 ? c.attrs.float('value', 0) : 0;
    const fill = value === 0 ? (mode === 'constant' ? c.inputs[2] : undefined) : scalar(value, dtype);
    // What hangs on how many boxes are kept is filled up to a fixed count by computed amounts.
    const computed = mode === 'constant' && input(c, 0).type.shape.some(isCounted) ? c.inputs[1] : undefined;
    return c.make('Pad', [input(c, 0), computed ?? required(c, 'pads', 1), fill, numbersFrom(c, 'axes', 3)], { mode });
  },
  // The shift by half a pixel came with version 16.
  RoiAlign: (c) =>
    c.make('RoiAlign', c.inputs, {
      ...(c.opset < 16 && { coordinate_transformation_mode: 'output_half_pixel' }),
      ...ownAttributes(c),
    }),
  TopK: (c) =>
    c.make('TopK', [input(c, 0), c.opset < 10 ? ints([c.attrs.int('k', 1)]) : c.inputs[1]], ownAttributes(c)),
  // Sizes are always written out, so that nothing depends on how many outputs a node happens to have.
  Split: (c) => {
    const { shape } = input(c, 0).type;
    const axis = axisOf(c.attrs.int('axis', 0), shape.length);
    const given = numbersFrom(c, 'split', 1);
    const parts = c.attrs.int('num_outputs') ?? c.outputs.length;
    if (given) return c.make('Split', [input(c, 0), given], { axis });
    const total = fixed(shape[axis], 'a dimension that is split into equal parts');
    check(parts === c.outputs.length && parts <= total, () => `${total} cannot be split into ${parts} parts`);
    const each = Math.ceil(total / parts);
    const sizes = Array.from({ length: parts }, (_, i) => Math.min(each, total - i * each));
    check(sizes.at(-1)! > 0, () => `${total} cannot be split into ${parts} parts of ${each}`);
    return c.make('Split', [input(c, 0), ints(sizes)], { axis });
  },
};
