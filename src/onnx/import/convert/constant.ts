import { check } from '../../../base/errors.ts';
import { f32, i64 } from '../../../base/tensor.ts';
import { type Converter, input, make1 } from '../call.ts';
import { direct } from './direct.ts';

/** Constants, copies, and what is made of shapes alone. */

export const constants: Record<string, Converter> = {
  Constant: (c) => {
    const [kind] = c.attrs.names();
    switch (kind) {
      case 'value': {
        const t = c.attrs.tensor('value');
        check(t, 'its value is missing');
        return [c.literal(t)];
      }
      case 'value_float':
        return [c.literal(f32([], [c.attrs.float('value_float', 0)]))];
      case 'value_int':
        return [c.literal(i64([], [c.attrs.int('value_int', 0)]))];
      case 'value_floats': {
        const values = c.attrs.floats('value_floats') ?? [];
        return [c.literal(f32([values.length], values))];
      }
      case 'value_ints': {
        const values = c.attrs.ints('value_ints') ?? [];
        return [c.literal(i64([values.length], values))];
      }
      default:
        check(false, `a constant given as '${kind ?? 'nothing'}' is not supported`);
    }
  },
  Identity: (c) => [c.renamed(input(c, 0))],
  Size: (c) => [make1(c, 'ReduceProd', [make1(c, 'Shape', [input(c, 0)])], { keepdims: 0 })],
  EyeLike: (c) => {
    const dtype = c.attrs.dtype('dtype') ?? input(c, 0).type.dtype;
    return c.make('EyeLike', [make1(c, 'Cast', [input(c, 0)], { to: dtype })], { k: c.attrs.int('k', 0) });
  },
  Scatter: (c) => c.make('ScatterElements', c.inputs, { axis: c.attrs.int('axis', 0) }),
  ConstantOfShape: direct,
};
